import type { ForwardError } from './forward-error.js';
import { MessageError } from './message/message-error.js';

/** What became of asking a backend, in the words of RFC 9209 §2.3; those of one proxy towards its backends. */
export type UpstreamErrorType =
  | 'connection_read_timeout'
  | 'connection_refused'
  | 'connection_terminated'
  | 'connection_timeout'
  | 'connection_write_timeout'
  | 'destination_ip_unroutable'
  | 'destination_unavailable'
  | 'dns_error'
  | 'http_protocol_error'
  | 'http_response_header_section_size'
  | 'http_response_incomplete'
  | 'http_response_timeout'
  | 'http_response_trailer_section_size'
  | 'http_response_transfer_coding'
  | 'proxy_internal_error';

/** Errors of `connect` by their codes; any other one says no more than that it failed. */
const CONNECT_ERRORS: Readonly<Record<string, UpstreamErrorType>> = {
  ECONNREFUSED: 'connection_refused',
  ECONNRESET: 'connection_terminated',
  ETIMEDOUT: 'connection_timeout',
  EHOSTUNREACH: 'destination_ip_unroutable',
  EHOSTDOWN: 'destination_ip_unroutable',
  ENETUNREACH: 'destination_ip_unroutable',
  ENOTFOUND: 'dns_error',
  EAI_AGAIN: 'dns_error',
  // What this process is short of.
  EMFILE: 'proxy_internal_error',
  ENFILE: 'proxy_internal_error',
  EADDRNOTAVAIL: 'proxy_internal_error',
  ENOBUFS: 'proxy_internal_error',
  ENOMEM: 'proxy_internal_error',
};

/** Too large: what a limit was set for. */
const OVER_LIMIT = 431;

/** How far the exchange with the backend had come. */
export interface ErrorContext {
  /** The request had been sent in full. */
  readonly requestSent: boolean;
  /** The head of the response is on its way to the client. */
  readonly answered: boolean;
}

/** The type of RFC 9209 for `error`. */
export function upstreamErrorType(
  { kind, cause, heard }: Pick<ForwardError, 'kind' | 'cause' | 'heard'>,
  { requestSent, answered }: ErrorContext,
): UpstreamErrorType {
  switch (kind) {
    case 'connect':
      return CONNECT_ERRORS[cause.code ?? ''] ?? 'destination_unavailable';
    case 'timeout':
      if (answered) return 'connection_read_timeout';
      return requestSent ? 'http_response_timeout' : 'connection_write_timeout';
    case 'broken':
      if (cause instanceof MessageError) return malformed(cause, answered);
      return heard ? 'http_response_incomplete' : 'connection_terminated';
    default:
      return kind satisfies never;
  }
}

/** What is malformed is the head, or behind it the chunks and the trailers. */
function malformed({ status }: MessageError, answered: boolean): UpstreamErrorType {
  if (!answered) return status === OVER_LIMIT ? 'http_response_header_section_size' : 'http_protocol_error';
  return status === OVER_LIMIT ? 'http_response_trailer_section_size' : 'http_response_transfer_coding';
}
