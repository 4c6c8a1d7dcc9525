import type { IncomingMessage, ServerResponse } from 'node:http';

/** An answer that the proxy gives on its own account, in the form that every error of the system has. */
export interface ProxyAnswer {
  readonly status: number;
  readonly error: string;
  /** Seconds after which it makes sense to try again. */
  readonly retryAfter?: number;
}

export const badRequest = (): ProxyAnswer => ({
  status: 400,
  error: 'The request cannot be forwarded: its target, its Host or its length is not valid HTTP/1.1',
});
export const badGateway = (): ProxyAnswer => ({
  status: 502,
  error: 'The backend could not be reached or broke off before it answered; try again',
});
export const gatewayTimeout = (): ProxyAnswer => ({
  status: 504,
  error: 'The backend did not answer in time; try again later',
});
export const overloaded = (): ProxyAnswer => ({
  status: 503,
  error: 'Every backend has all the requests it may have; try again in a second',
  retryAfter: 1,
});

/** Sends `answer`, unless an answer has begun already or nobody is there to read it. */
export function answerError(
  request: IncomingMessage,
  response: ServerResponse,
  { status, error, retryAfter }: ProxyAnswer,
  requestId: string,
): void {
  if (response.headersSent || response.destroyed) return;
  const body = JSON.stringify({ error, request_id: requestId });
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'x-request-id': requestId,
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
