import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { ErrorBody } from '@balanza/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../logging/logger.js';
import { ContractException, UnavailableException, UpstreamUnavailableException } from '../errors.js';
import { pathOf } from './request-path.js';

/** Longest path, in characters, that an answer repeats. */
const MAX_SHOWN_PATH = 200;

/** What is said where @fastify/static has the name of the status alone. */
const OF_FILES: Readonly<Record<number, string>> = {
  412: 'The file is not as If-Match or If-Unmodified-Since demands; ask without them',
  416: 'The file has no such range; ask without Range',
};

interface Answer {
  readonly status: number;
  readonly body: ErrorBody;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Gives every error the body that the contract asks for; nothing internal leaves the process. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  readonly #logger: Logger;
  readonly #bodyLimit: number;
  readonly #docs: string | undefined;

  /** @param docs the path at which the process shows its routes, for who asks for one that is not there */
  constructor(logger: Logger, bodyLimit: number, docs?: string) {
    this.#logger = logger;
    this.#bodyLimit = bodyLimit;
    this.#docs = docs;
  }

  catch(exception: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (reply.sent) return;
    const { status, body, headers = {} } = this.#answer(exception, request);
    void reply.code(status).headers(headers).send(body);
  }

  #answer(exception: unknown, request: FastifyRequest): Answer {
    if (exception instanceof ContractException) {
      const body = exception.getResponse() as ErrorBody;
      return { status: exception.getStatus(), body, headers: exception.extra.headers };
    }
    if (isTemporary(exception)) {
      const { message, retryAfterSeconds } = exception;
      const Unavailable = isFromBehind(exception) ? UpstreamUnavailableException : UnavailableException;
      return this.#answer(new Unavailable(message, retryAfterSeconds), request);
    }
    const status = statusOf(exception);
    if (status === 404) {
      const hint = this.#docs === undefined ? '' : `; see ${this.#docs} for what there is`;
      const error = `There is nothing at ${request.method} ${shortened(pathOf(request.url))}${hint}`;
      return { status, body: { error } };
    }
    if (status === 413) {
      return { status, body: { error: `The body is over the limit of ${this.#bodyLimit} bytes` } };
    }
    if (status === 415)
      return {
        status,
        body: { error: 'The body must be JSON: send it with Content-Type: application/json' },
      };
    const sentence = OF_FILES[status];
    if (sentence !== undefined && isOfPlugin(exception)) return { status, body: { error: sentence } };
    if (status < 500) return { status, body: { error: (exception as Error).message } };
    this.#logger.error({ err: exception, method: request.method, url: request.url }, 'Unexpected error');
    return {
      status,
      body: { error: 'Unexpected error; the log has it under this request_id', request_id: request.id },
    };
  }
}

/** Core libraries know nothing of HTTP; their errors say by `retryAfterSeconds` that the trouble will pass. */
function isTemporary(exception: unknown): exception is Error & { readonly retryAfterSeconds: number } {
  return exception instanceof Error && 'retryAfterSeconds' in exception;
}

/** … and by `comesFromBehind` that it is not this process that is broken. */
function isFromBehind(exception: Error): boolean {
  return 'comesFromBehind' in exception && exception.comesFromBehind === true;
}

function statusOf(exception: unknown): number {
  const status = rawStatusOf(exception);
  // @fastify/static forbids a path that would lead out of its folder, or is too long for a file: there is no such file either.
  return status === 403 && isOfPlugin(exception) ? 404 : status;
}

function rawStatusOf(exception: unknown): number {
  if (exception instanceof HttpException) return exception.getStatus();
  const status = (exception as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}

/** Nest hands on the errors of Fastify's plugins as they are or as this very class, its own as those that extend it. */
function isOfPlugin(exception: unknown): boolean {
  return !(exception instanceof HttpException) || exception.constructor === HttpException;
}

function shortened(path: string): string {
  return path.length > MAX_SHOWN_PATH ? `${path.slice(0, MAX_SHOWN_PATH)}…` : path;
}
