import { FIELD } from './field-names.js';
import { latin1, type HeadScanner } from './head-scanner.js';
import { keptFields, leftOut } from './kept-fields.js';
import { VIA_PSEUDONYM } from './request-writer.js';
import type { ResponseHead } from './response-head.js';

/** Left out of what the client gets, or written anew. */
const REWRITTEN = leftOut([FIELD.via]);
const REWRITTEN_WITHOUT_CHUNKING = leftOut([FIELD.via, FIELD['transfer-encoding']]);

export interface ResponseWriting {
  /** The id of the request, which the answer repeats unless the backend gave one. */
  readonly requestId: string;
  /** What is said of the client's connection, if anything: a whole `Connection` line. */
  readonly connection: string;
  /** The body goes on in chunks that this proxy makes. */
  readonly chunking: boolean;
  /** The body's own chunks do not go on: the client speaks HTTP/1.0. */
  readonly unchunking: boolean;
}

/** The answer's head for the client, up to and with the empty line. */
export function writeResponseHead(
  head: HeadScanner,
  response: ResponseHead,
  writing: ResponseWriting,
): string {
  const dropped = writing.unchunking ? REWRITTEN_WITHOUT_CHUNKING : REWRITTEN;
  const { nominated } = response.framing;
  const line = response.http10
    ? `HTTP/1.1 ${latin1(head.bytes, head.firstSpace + 1, head.startLineEnd)}\r\n`
    : '';
  const from = response.http10 ? head.startLineEnd + 2 : head.start;
  const via = head.valueOf(FIELD.via);
  return (
    line +
    keptFields(head, from, dropped, nominated) +
    (via === undefined ? VIA : `Via: ${via}, 1.1 ${VIA_PSEUDONYM}\r\n`) +
    (head.has(FIELD['x-request-id']) ? '' : `X-Request-Id: ${writing.requestId}\r\n`) +
    (writing.chunking ? 'Transfer-Encoding: chunked\r\n' : '') +
    (response.status === 101
      ? `Connection: Upgrade\r\nUpgrade: ${head.valueOf(FIELD.upgrade) ?? ''}\r\n`
      : writing.connection) +
    '\r\n'
  );
}

const VIA = `Via: 1.1 ${VIA_PSEUDONYM}\r\n`;
