import { errorDetail } from '@balanza/contracts';
import type { Readable } from 'node:stream';
import { Agent, type Dispatcher } from 'undici';
import { z } from 'zod';
import { UpstreamBrokenException, ContractException } from '../errors.js';
import { proxyStatus } from '../proxy-status.js';
import { requestContext } from '../request-context.js';
import { SERVICE_TOKEN_HEADER } from '../service-auth.js';
import { isBroken, toContractError } from './service-failure.js';

/** Which service a {@link ServiceClient} calls, and how long that may take. */
export interface ServiceClientOptions {
  /** What the service is called in an error message, such as `the cache`. */
  readonly name: string;
  /** Scheme, host and port. */
  readonly origin: string;
  /** Milliseconds for the whole exchange, connecting included. */
  readonly timeoutMs: number;
  /** Most streams at once; 1,000 unless given. */
  readonly maxStreams?: number;
  /** The shared token, where the services ask for one. */
  readonly serviceToken?: string | undefined;
}

/** One request to a service. */
export interface ServiceRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  /** Beside those that every request has; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the exchange early, for instance when the client that asked has gone. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Client errors (4xx) of the service that are the caller's own doing, so {@link ServiceClient.call} hands them
   * on. Any other one says that this process asked wrongly, and becomes 502.
   */
  readonly relay?: readonly number[] | undefined;
}

/** What the service answered, whatever its status. */
export interface ServiceResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The parsed JSON; undefined when there is none. */
  readonly body: unknown;
}

const MAX_RESPONSE_BYTES = 8 * 1024 * 1024;
const MAX_CONNECTIONS = 256;
/** Unless told otherwise. Streams have connections of their own, so that they do not keep those of others. */
const MAX_STREAMS = 1_000;
/** Longest that a stream may be silent, in milliseconds: twice what a stream of events is between two signs of life. */
const STREAM_SILENCE_MS = 30_000;
const CONNECT_TIMEOUT_MS = 1_000;
/** Server errors of the contract that mean the same one hop further. */
const RELAYED_SERVER_ERRORS = [502, 503, 504];
const DETAILS = z.array(errorDetail);

/**
 * Calls one service of the system over HTTP, with a deadline, and turns what goes wrong into the contract's errors:
 * 503 nobody there · 502 broke in the middle or made no sense · 504 too slow. Each says by `Proxy-Status` that this
 * process is not the one that broke. Passes the request id and the trace on.
 */
export class ServiceClient {
  readonly #options: ServiceClientOptions;
  readonly #agent = new Agent({
    connections: MAX_CONNECTIONS,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    maxResponseSize: MAX_RESPONSE_BYTES,
  });
  readonly #streams: Agent;

  constructor(options: ServiceClientOptions) {
    this.#options = options;
    this.#streams = new Agent({
      connections: options.maxStreams ?? MAX_STREAMS,
      connect: { timeout: CONNECT_TIMEOUT_MS },
      bodyTimeout: STREAM_SILENCE_MS,
    });
  }

  /**
   * Sends a request and reads the whole answer, whatever its status. A GET whose connection breaks is sent once
   * more (RFC 9110 §9.2.2): the service may just have been restarted.
   *
   * @throws UpstreamUnavailableException (503), UpstreamBrokenException (502) or UpstreamTimeoutException (504)
   */
  async send(request: ServiceRequest): Promise<ServiceResponse> {
    const { name, timeoutMs } = this.#options;
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]);
    try {
      return await this.#exchange(request, signal).catch((error: unknown) => {
        if (request.method !== 'GET' || !isBroken(error)) throw error;
        return this.#exchange(request, signal);
      });
    } catch (error) {
      throw toContractError(error, name, timeoutMs);
    }
  }

  /**
   * Sends a request and returns the body of a 2xx answer.
   *
   * @throws ContractException with the service's own status and sentence when it cannot serve now or refused with a
   * status that `relay` names, and as {@link send} does
   */
  async call(request: ServiceRequest): Promise<unknown> {
    const response = await this.send(request);
    if (response.status < 300) return response.body;
    throw this.#refusal(response, [...RELAYED_SERVER_ERRORS, ...(request.relay ?? [])]);
  }

  /**
   * Sends a request and hands on the body of a 2xx answer as it comes. The time allowed is that for the head; the body takes
   * as long as it does, and breaks off when the signal is aborted, the service is gone, or nothing comes for 30 s.
   *
   * @throws as {@link call} does
   */
  async stream(request: ServiceRequest): Promise<Readable> {
    const { name, timeoutMs } = this.#options;
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(new DOMException('', 'TimeoutError')), timeoutMs);
    const signals = request.signal === undefined ? [] : [request.signal];
    try {
      const { statusCode, headers, body } = await this.#ask(
        this.#streams,
        request,
        AbortSignal.any([deadline.signal, ...signals]),
      );
      if (statusCode < 300) return body;
      const answer = { status: statusCode, headers, body: parse(await body.text()) };
      throw this.#refusal(answer, [...RELAYED_SERVER_ERRORS, ...(request.relay ?? [])]);
    } catch (error) {
      throw error instanceof ContractException ? error : toContractError(error, name, timeoutMs);
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#agent.destroy(), this.#streams.destroy()]);
  }

  async #exchange(request: ServiceRequest, signal: AbortSignal): Promise<ServiceResponse> {
    const { statusCode, headers, body } = await this.#ask(this.#agent, request, signal);
    return { status: statusCode, headers, body: parse(await body.text()) };
  }

  #ask(
    agent: Agent,
    { method, path, body, headers }: ServiceRequest,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    return agent.request({
      origin: this.#options.origin,
      method,
      path,
      headers: { ...this.#headers(body !== undefined), ...headers },
      body: body === undefined ? null : JSON.stringify(body),
      signal,
    });
  }

  #headers(hasBody: boolean): Record<string, string> {
    const request = requestContext.getStore();
    const { serviceToken } = this.#options;
    return {
      accept: 'application/json',
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
      ...(request === undefined ? {} : { 'x-request-id': request.requestId, ...request.trace }),
      ...(serviceToken === undefined ? {} : { [SERVICE_TOKEN_HEADER]: serviceToken }),
    };
  }

  #refusal({ status, headers, body }: ServiceResponse, relayed: readonly number[]): ContractException {
    const { error, details } = (body ?? {}) as { readonly error?: unknown; readonly details?: unknown };
    const { name } = this.#options;
    if (typeof error !== 'string' || !relayed.includes(status)) {
      return new UpstreamBrokenException(
        `${name} answered ${status} where an answer of the contract was expected`,
      );
    }
    const retryAfter = headers['retry-after'] ?? (status === 503 ? '1' : undefined);
    const fields = DETAILS.safeParse(details).data;
    return new ContractException(status, error, {
      ...(fields === undefined ? {} : { details: fields }),
      headers: {
        ...(typeof retryAfter === 'string' ? { 'retry-after': retryAfter } : {}),
        ...(status < 500 ? {} : proxyStatus(`received-status=${status}`, headers['proxy-status'])),
      },
    });
  }
}

function parse(text: string): unknown {
  return text === '' ? undefined : JSON.parse(text);
}
