import { expect, it } from 'vitest';
import type { ForwardError } from './forward-error.js';
import { MessageError } from './message/message-error.js';
import { upstreamErrorType } from './upstream-error.js';

const failed = (code: string) => Object.assign(new Error(code), { code });
const ENDED = new Error('the backend closed the connection');
const SENT = { requestSent: true, answered: false };
const SENDING = { requestSent: false, answered: false };
const ANSWERED = { requestSent: true, answered: true };

type Case = readonly [
  kind: ForwardError['kind'],
  cause: Error,
  heard: boolean,
  context: Parameters<typeof upstreamErrorType>[1],
  type: ReturnType<typeof upstreamErrorType>,
];

it.each<Case>([
  ['connect', failed('ECONNREFUSED'), false, SENDING, 'connection_refused'],
  ['connect', failed('ECONNRESET'), false, SENDING, 'connection_terminated'],
  ['connect', failed('ETIMEDOUT'), false, SENT, 'connection_timeout'],
  ['connect', failed('EHOSTUNREACH'), false, SENT, 'destination_ip_unroutable'],
  ['connect', failed('EHOSTDOWN'), false, SENT, 'destination_ip_unroutable'],
  ['connect', failed('ENETUNREACH'), false, SENT, 'destination_ip_unroutable'],
  ['connect', failed('ENOTFOUND'), false, SENT, 'dns_error'],
  ['connect', failed('EAI_AGAIN'), false, SENT, 'dns_error'],
  ['connect', failed('EMFILE'), false, SENT, 'proxy_internal_error'],
  ['connect', failed('EADDRNOTAVAIL'), false, SENT, 'proxy_internal_error'],
  ['connect', failed('EWHATEVER'), false, SENT, 'destination_unavailable'],
  ['connect', ENDED, false, SENT, 'destination_unavailable'],
  ['broken', ENDED, false, SENT, 'connection_terminated'],
  ['broken', failed('ECONNRESET'), false, SENDING, 'connection_terminated'],
  ['broken', ENDED, true, SENT, 'http_response_incomplete'],
  ['broken', failed('ECONNRESET'), true, ANSWERED, 'http_response_incomplete'],
  ['broken', new MessageError('bad'), true, SENT, 'http_protocol_error'],
  ['broken', new MessageError('large', 431), true, SENT, 'http_response_header_section_size'],
  ['broken', new MessageError('bad'), true, ANSWERED, 'http_response_transfer_coding'],
  ['broken', new MessageError('large', 431), true, ANSWERED, 'http_response_trailer_section_size'],
  ['timeout', ENDED, false, SENT, 'http_response_timeout'],
  ['timeout', ENDED, true, SENT, 'http_response_timeout'],
  ['timeout', ENDED, false, SENDING, 'connection_write_timeout'],
  ['timeout', ENDED, true, ANSWERED, 'connection_read_timeout'],
])('%s by %s (heard: %s, %o) is %s', (kind, cause, heard, context, type) => {
  expect(upstreamErrorType({ kind, cause, heard }, context)).toBe(type);
});
