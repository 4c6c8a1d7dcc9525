import { STATUS_CODES } from 'node:http';
import type { Failure } from './forward-error.js';
import type { MessageError } from './message/message-error.js';
import type { Pseudonym } from './message/pseudonym.js';
import type { UpstreamErrorType } from './upstream-error.js';

/** An answer that the proxy gives on its own account; an error has the form that every error of the system has. */
export interface ProxyAnswer {
  readonly status: number;
  /** A sentence a person can act on. */
  readonly error?: string;
  /** Seconds after which it makes sense to try again. */
  readonly retryAfter?: number;
  /** What went wrong with the backends, in the words of RFC 9209 §2.3. */
  readonly proxyError?: string;
  /** Where the client is sent. */
  readonly location?: string;
  /** What is answered where it is no error; of one byte per character. */
  readonly content?: { readonly type: string; readonly text: string };
}

/** 400, or what fits the limit that was broken: the message cannot be taken as the one thing that it must mean. */
export const badRequest = ({ status, message }: MessageError): ProxyAnswer => ({
  status,
  error:
    status === 400
      ? `The request is not valid HTTP/1.1: ${message}`
      : message.replace(/^the (request )?/, 'The request '),
});
/** 408 */
export const clientTimeout = (): ProxyAnswer => ({
  status: 408,
  error: 'The request did not arrive in time; send it whole and without pauses',
});
/** 429: closed at once. @param limit connections that one address may have */
export const tooManyConnections = (limit: number): ProxyAnswer => ({
  status: 429,
  error: `Too many connections from this address (limit ${limit}); close one of them`,
  retryAfter: 1,
});
/** 429 @param limit requests that one address may have in flight */
export const tooManyRequests = (limit: number): ProxyAnswer => ({
  status: 429,
  error: `Too many requests in flight from this address (limit ${limit}); try again when one of them has its response`,
  retryAfter: 1,
});
/** 502: what came of a backend is no whole response, or none. */
export const badGateway = (proxyError: UpstreamErrorType): ProxyAnswer => ({
  status: 502,
  error: BROKEN[proxyError] ?? 'The backend gave no response that can be passed on; try again',
  proxyError,
});
const UNREADABLE =
  "The backend's response is not valid HTTP/1.1; the balancer's log says what is wrong with it";
/** Sentences for a client, as far as something better can be said than that it did not work. */
const BROKEN: Partial<Record<UpstreamErrorType, string>> = {
  connection_refused: 'The backend accepts no connection; try again',
  connection_timeout: 'The backend did not accept a connection in time; try again',
  connection_terminated: 'The backend closed the connection before it responded; try again',
  http_response_incomplete: 'The backend broke off in the middle of its response; try again',
  http_protocol_error: UNREADABLE,
  http_response_header_section_size:
    "The head of the backend's response is larger than the balancer takes; the balancer's log has the limit",
};
/** 502, as RFC 9209 §2.3.30 recommends: the request has been here before. */
export const loopDetected = (): ProxyAnswer => ({
  status: 502,
  error:
    'The request came through this balancer a second time; the backends of some balancer on its way lead back here',
  proxyError: 'proxy_loop_detected',
});
/** 503 */
export const overloaded = (): ProxyAnswer => ({
  status: 503,
  error: 'Every backend has all the requests it may have; try again in a second',
  retryAfter: 1,
  proxyError: 'connection_limit_reached',
});
/**
 * 503: whatever could be asked is down, left out or drained.
 *
 * @param failure what became of asking a backend, where one was asked
 */
export const unavailable = (failure?: Failure): ProxyAnswer => ({
  status: 503,
  error: 'No backend is able to answer now; try again in a second',
  retryAfter: 1,
  proxyError: failure?.error ?? 'destination_unavailable',
});
/** 503: it was not even tried. */
export const shed = (): ProxyAnswer => ({
  status: 503,
  error: 'Too many requests fail at the moment, so this one was not tried; try again in a second',
  retryAfter: 1,
  proxyError: 'destination_unavailable',
});
/** 504 */
export const gatewayTimeout = (proxyError: UpstreamErrorType): ProxyAnswer => ({
  status: 504,
  error: 'The backend did not answer in time; try again later',
  proxyError,
});
/** 307: same method, same body, at a backend (RFC 9110 §15.4.8). */
export const redirectTo = (location: string): ProxyAnswer => ({ status: 307, location });

/** 200 to an OPTIONS that ends here: nothing can be said that holds for all backends. */
export const noOptions = (): ProxyAnswer => ({ status: 200 });
/** 200 to a TRACE that ends here: the request as it came (RFC 9110 §9.3.8). */
export const traced = (request: string): ProxyAnswer => ({
  status: 200,
  content: { type: 'message/http', text: request },
});

/** How an answer of the proxy itself is sent. */
export interface AnswerWriting {
  /** Empty for what was no request. */
  readonly requestId: string;
  /** What is said of the connection: a whole line, or nothing. */
  readonly connection: string;
  /** How this proxy calls itself. */
  readonly pseudonym: Pseudonym;
  /** The `Date` line behind another one. */
  readonly date: string;
  /** The request was HEAD: the head alone is sent. */
  readonly headOnly: boolean;
}

/** The whole message. */
export function writeAnswer(answer: ProxyAnswer, writing: AnswerWriting): string {
  const { requestId, connection, pseudonym, date, headOnly } = writing;
  const { status, error, retryAfter, proxyError, location, content } = answer;
  const id = requestId === '' ? {} : { request_id: requestId };
  const json = error === undefined ? '' : JSON.stringify({ error, ...id });
  const { type, text: body } = content ?? { type: 'application/json; charset=utf-8', text: json };
  const fields = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}${date}`,
    ...(body === '' ? [] : [`Content-Type: ${type}`]),
    `Content-Length: ${body.length}`,
    ...(requestId === '' ? [] : [`X-Request-Id: ${requestId}`]),
    ...(retryAfter === undefined ? [] : [`Retry-After: ${retryAfter}`]),
    ...(proxyError === undefined ? [] : [`Proxy-Status: ${pseudonym.name}; error=${proxyError}`]),
    ...(location === undefined ? [] : [`Location: ${location}`]),
  ];
  return `${fields.join('\r\n')}\r\n${connection}\r\n${headOnly ? '' : body}`;
}
