import { Agent, type Dispatcher } from 'undici';
import { AnswerRelay } from './answer-relay.js';
import { bodyOf } from './borrowed-body.js';
import { ForwardError, type ForwardErrorKind } from './forward-error.js';
import { DEFAULT_TIMEOUTS, type Exchange, type Forwarder, type ForwardTimeouts } from './forwarder.js';

/** Connections kept to one backend at most; the proxy's limit on requests in flight stays below it. */
export const MAX_CONNECTIONS_PER_BACKEND = 1024;
/** How long an idle connection is kept: shorter than a backend keeps it, so that the two do not race. */
const KEEP_ALIVE_MS = 4_000;
const MAX_HEADER_BYTES = 16_384;

/** Forwards with undici's dispatch API. */
export class UndiciForwarder implements Forwarder {
  readonly #agent: Agent;

  constructor({ connect, backendHead, backendIdle }: ForwardTimeouts = DEFAULT_TIMEOUTS) {
    this.#agent = new Agent({
      connections: MAX_CONNECTIONS_PER_BACKEND,
      pipelining: 1,
      connect: { timeout: connect },
      headersTimeout: backendHead,
      bodyTimeout: backendIdle,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    });
  }

  async forward(exchange: Exchange, backend: string): Promise<void> {
    const { request, path, headers } = exchange;
    const body = bodyOf(request);
    const relay = new AnswerRelay(exchange);
    try {
      this.#agent.dispatch(
        {
          origin: backend,
          path,
          method: request.method as Dispatcher.HttpMethod,
          headers: [...headers],
          body,
        },
        relay,
      );
      await relay.finished;
    } catch (error) {
      throw toForwardError(error);
    } finally {
      body?.destroy();
    }
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }
}

/** undici's and the system's error codes, by what they mean here. */
const KINDS: Readonly<Record<string, ForwardErrorKind>> = {
  ECONNREFUSED: 'connect',
  ENOTFOUND: 'connect',
  EAI_AGAIN: 'connect',
  EHOSTUNREACH: 'connect',
  ENETUNREACH: 'connect',
  EADDRNOTAVAIL: 'connect',
  UND_ERR_CONNECT_TIMEOUT: 'connect',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  UND_ERR_INVALID_ARG: 'refused',
  UND_ERR_NOT_SUPPORTED: 'refused',
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: 'refused',
};

function toForwardError(error: unknown): ForwardError {
  if (error instanceof ForwardError) return error;
  const { code } = error as NodeJS.ErrnoException;
  return new ForwardError(KINDS[code ?? ''] ?? 'broken', error);
}
