import {
  UpstreamBrokenException,
  ContractException,
  UpstreamTimeoutException,
  UpstreamUnavailableException,
} from '../errors.js';
import { isConnectFailure } from './connect-failure.js';

/** The connection ended before the answer did. */
const BROKEN_ERRORS = new Set([
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
]);

/** Status of an answer that nobody is there to read; nginx's number for it. */
const CLIENT_CLOSED_REQUEST = 499;

/** Whether the service broke the connection off, as a process does that dies. */
export function isBroken(error: unknown): boolean {
  return BROKEN_ERRORS.has((error as NodeJS.ErrnoException).code ?? '');
}

/** What the contract answers when `name` failed with `error`. */
export function toContractError(error: unknown, name: string, timeoutMs: number): ContractException {
  const { code, name: kind } = error as NodeJS.ErrnoException;
  if (kind === 'TimeoutError') {
    return new UpstreamTimeoutException(`${name} did not answer within ${timeoutMs} ms`);
  }
  if (kind === 'AbortError') return new ContractException(CLIENT_CLOSED_REQUEST, 'The client went away');
  if (isConnectFailure(error)) {
    return new UpstreamUnavailableException(`${name} cannot be reached now; try again`);
  }
  if (error instanceof SyntaxError)
    return new UpstreamBrokenException(`${name} answered something that is not JSON`);
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    return new UpstreamBrokenException(`${name} answered more than is taken`, 'http_response_body_size');
  }
  return new UpstreamBrokenException(
    `${name} broke off in the middle of an answer`,
    'http_response_incomplete',
  );
}
