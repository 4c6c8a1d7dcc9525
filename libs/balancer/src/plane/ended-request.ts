import type { Exchange } from '@balanza/proxy';
import type { EndedRequest } from './thread-messages.js';

/** What is told of a request once it is over. */
export function endedRequest(exchange: Exchange): EndedRequest {
  const { requestId, method, target, status, startedAt, connectedAt, headAt, bytesReceived, bytesSent } =
    exchange;
  return {
    requestId,
    method,
    target,
    status,
    startedAt,
    connectedAt,
    headAt,
    bytesReceived,
    bytesSent,
    backend: exchange.backend?.url,
    cut: exchange.cut,
    failure: exchange.failure,
    attempts: exchange.attempts,
  };
}

/**
 * Whether a request is told of: those from a status on, and each response that its backend cut, whatever status it began with.
 *
 * @param from the lowest status
 */
export function isTold({ status, cut }: Pick<Exchange, 'status' | 'cut'>, from: number): boolean {
  return status >= from || cut === 'backend';
}
