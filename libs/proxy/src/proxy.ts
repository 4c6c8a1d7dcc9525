import type { Strategy } from '@balanza/balancing';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ForwardError } from './forward-error.js';
import type { Forwarder } from './forwarder.js';
import type { HeaderList } from './headers/header-list.js';
import { requestHeaders } from './headers/request-headers.js';
import { responseHeaders } from './headers/response-headers.js';
import type { ProxiedBackend } from './proxied-backend.js';
import {
  answerError,
  badGateway,
  badRequest,
  gatewayTimeout,
  overloaded,
  type ProxyAnswer,
} from './proxy-answer.js';
import { originForm } from './request-target.js';

/** What became of one request. */
export interface ProxyRecord {
  readonly request: IncomingMessage;
  readonly requestId: string;
  /** The last backend that was tried; undefined when there was none to try. */
  readonly backend: ProxiedBackend | undefined;
  /** The status that the client got; 499 (nginx's convention) when it left before. */
  readonly status: number;
  /** From the request's head to the end of the answer. */
  readonly milliseconds: number;
}

export interface ProxyOptions {
  readonly strategy: Strategy<ProxiedBackend>;
  readonly backends: readonly ProxiedBackend[];
  readonly forwarder: Forwarder;
  /** Requests in flight to one backend at most; beyond it the backend is passed over. Default 1,000. */
  readonly maxInFlight?: number;
  /** Gives each request its id: the client's where that is usable, otherwise a new one. */
  readonly requestIdOf: (request: IncomingMessage) => string;
  /** Told of every answer's head before the request stops counting as in flight. */
  readonly onAnswer?: (backend: ProxiedBackend, headers: HeaderList) => void;
  /** Told of every request once it is over. */
  readonly onEnd?: (record: ProxyRecord) => void;
}

/** Requests in flight to one backend at most, where nothing else is said. */
export const DEFAULT_MAX_IN_FLIGHT = 1_000;
const CLIENT_CLOSED_REQUEST = 499;

/** Takes each request the way: pick → connect → send → relay → account. */
export class Proxy {
  readonly #options: ProxyOptions;
  readonly #maxInFlight: number;

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#maxInFlight = options.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT;
  }

  /** Answers `request` with a backend's answer, or with an error of its own. Never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedAt = performance.now();
    const requestId = this.#options.requestIdOf(request);
    const path = originForm(request);
    const { backend, answer } =
      path === undefined
        ? { backend: undefined, answer: badRequest() }
        : await this.#pickAndForward(request, response, path, requestId);
    if (answer !== undefined) answerError(request, response, answer, requestId);
    this.#options.onEnd?.({
      request,
      requestId,
      backend,
      status: response.headersSent ? response.statusCode : CLIENT_CLOSED_REQUEST,
      milliseconds: performance.now() - startedAt,
    });
  }

  /** Tries one candidate after another as long as nothing has been sent. */
  async #pickAndForward(request: IncomingMessage, response: ServerResponse, path: string, requestId: string) {
    const { strategy, backends } = this.#options;
    const headers = requestHeaders(request, requestId);
    let tried: ProxiedBackend | undefined;
    for (const backend of strategy.candidates(backends)) {
      if (backend.inFlight >= this.#maxInFlight) continue;
      tried = backend;
      const error = await this.#forward(request, response, path, requestId, headers, backend);
      if (error?.kind !== 'connect') return { backend, answer: error && answerTo(error) };
    }
    return { backend: tried, answer: tried === undefined ? overloaded() : badGateway() };
  }

  async #forward(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    requestId: string,
    headers: HeaderList,
    backend: ProxiedBackend,
  ): Promise<ForwardError | undefined> {
    const lease = backend.lease();
    const onHead = (_status: number, received: HeaderList) => {
      this.#options.onAnswer?.(backend, received);
      return responseHeaders(received, requestId);
    };
    try {
      await this.#options.forwarder.forward({ request, response, path, headers, onHead }, backend.url);
      return undefined;
    } catch (error) {
      if (!(error instanceof ForwardError)) throw error;
      if (error.kind !== 'client-gone' && error.kind !== 'refused') backend.errors++;
      return error;
    } finally {
      lease.release();
    }
  }
}

function answerTo({ kind }: ForwardError): ProxyAnswer | undefined {
  switch (kind) {
    case 'connect':
    case 'broken':
      return badGateway();
    case 'timeout':
      return gatewayTimeout();
    case 'refused':
      return badRequest();
    case 'client-gone':
      return undefined;
    default:
      return kind satisfies never;
  }
}
