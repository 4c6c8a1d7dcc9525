import { Agent } from 'undici';
import {
  ContractException,
  BadGatewayError,
  GatewayTimeoutError,
  UnavailableError,
} from '../http/http-errors.js';
import { requestContext } from '../request-context.js';
import { SERVICE_TOKEN_HEADER } from '../service-auth.js';

export interface ServiceClientOptions {
  /** What the service is called in an error message, such as `the cache`. */
  readonly name: string;
  /** Scheme, host and port. */
  readonly origin: string;
  /** Milliseconds for the whole exchange, connecting included. */
  readonly timeoutMs: number;
  /** The shared token, where the services ask for one. */
  readonly serviceToken?: string | undefined;
}

export interface ServiceRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
}

export interface ServiceResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The parsed JSON; undefined when there is none. */
  readonly body: unknown;
}

const MAX_RESPONSE_BYTES = 8 * 1024 * 1024;
const MAX_CONNECTIONS = 256;
const CONNECT_TIMEOUT_MS = 1_000;
/** Nothing was sent, so nobody can have acted on the request. */
const CONNECT_ERRORS = new Set([
  'ECONNREFUSED',
  'UND_ERR_CONNECT_TIMEOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'EAI_AGAIN',
]);

/**
 * Calls one service of the system over HTTP, with a deadline, and turns what goes wrong into the contract's errors:
 * 503 nobody there · 502 broke in the middle or made no sense · 504 too slow. Passes the request id on.
 */
export class ServiceClient {
  readonly #options: ServiceClientOptions;
  readonly #agent = new Agent({
    connections: MAX_CONNECTIONS,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    maxResponseSize: MAX_RESPONSE_BYTES,
  });

  constructor(options: ServiceClientOptions) {
    this.#options = options;
  }

  /**
   * Sends a request and reads the whole answer, whatever its status.
   *
   * @throws UnavailableError (503), BadGatewayError (502) or GatewayTimeoutError (504)
   */
  async send({ method, path, body }: ServiceRequest): Promise<ServiceResponse> {
    const { origin, timeoutMs } = this.#options;
    try {
      const response = await this.#agent.request({
        origin,
        method,
        path,
        headers: this.#headers(body !== undefined),
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await response.body.text();
      return {
        status: response.statusCode,
        headers: response.headers,
        body: text === '' ? undefined : JSON.parse(text),
      };
    } catch (error) {
      throw this.#translate(error);
    }
  }

  /**
   * Sends a request and returns the body of a 2xx answer.
   *
   * @throws ContractException with the service's own status and sentence when it refused, and as {@link send} does
   */
  async call(request: ServiceRequest): Promise<unknown> {
    const response = await this.send(request);
    if (response.status < 300) return response.body;
    throw this.#refusal(response);
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  #headers(hasBody: boolean): Record<string, string> {
    const requestId = requestContext.getStore()?.requestId;
    const { serviceToken } = this.#options;
    return {
      accept: 'application/json',
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
      ...(requestId === undefined ? {} : { 'x-request-id': requestId }),
      ...(serviceToken === undefined ? {} : { [SERVICE_TOKEN_HEADER]: serviceToken }),
    };
  }

  #refusal({ status, headers, body }: ServiceResponse): ContractException {
    const error = (body as { error?: unknown } | undefined)?.error;
    const { name } = this.#options;
    if (typeof error !== 'string' || status === 500) {
      return new BadGatewayError(`${name} answered ${status} where an answer of the contract was expected`);
    }
    const retryAfter = headers['retry-after'];
    return new ContractException(status, error, {
      headers: typeof retryAfter === 'string' ? { 'retry-after': retryAfter } : {},
    });
  }

  #translate(error: unknown): ContractException {
    const { name, timeoutMs } = this.#options;
    const { code, name: kind } = error as NodeJS.ErrnoException;
    if (kind === 'TimeoutError')
      return new GatewayTimeoutError(`${name} did not answer within ${timeoutMs} ms`);
    if (CONNECT_ERRORS.has(code ?? '')) {
      return new UnavailableError(`${name} cannot be reached now; try again`);
    }
    return new BadGatewayError(`${name} broke off in the middle of an answer`);
  }
}
