import { FIELD } from './field-names.js';
import { bodyField } from './framing.js';
import { latin1, type HeadScanner } from './head-scanner.js';
import { copyKeptFields, leftOut } from './kept-fields.js';
import type { MessageBuilder } from './message-builder.js';
import type { Pseudonym } from './pseudonym.js';
import type { ResponseHead } from './response-head.js';

/** Left out of what the client gets, as it is meant for the proxy, or written anew. */
const ALWAYS = [FIELD.via, FIELD['x-balanza-refused']];
const REWRITTEN = leftOut(ALWAYS);
const REWRITTEN_WITHOUT_CHUNKING = leftOut([...ALWAYS, FIELD['transfer-encoding']]);
const REWRITTEN_WITHOUT_BODY = leftOut([...ALWAYS, FIELD['transfer-encoding'], FIELD['content-length']]);

/** What goes into the head of an answer beside what the backend said. */
export interface ResponseWriting {
  /** How this proxy calls itself. */
  readonly pseudonym: Pseudonym;
  /** The id of the request, which the answer repeats unless the backend gave one. */
  readonly requestId: string;
  /** What is said of the client's connection, if anything: a whole `Connection` line. */
  readonly connection: string;
  /** The `Date` line behind another one, for a response without one. */
  readonly date: string;
  /** The body goes on in chunks that this proxy makes. */
  readonly chunking: boolean;
  /** The body's own chunks do not go on: the client speaks HTTP/1.0. */
  readonly unchunking: boolean;
}

/** Begins a message with the answer's head for the client, up to and with the empty line. */
export function writeResponseHead(
  message: MessageBuilder,
  head: HeadScanner,
  response: ResponseHead,
  writing: ResponseWriting,
): void {
  const { status, framing, http10 } = response;
  const { pseudonym } = writing;
  // Without a reason there is still a space behind the status (RFC 9112 §4).
  const endsEarly = head.secondSpace === head.startLineEnd;
  const asItCame = !http10 && !endsEarly;
  const line = asItCame
    ? ''
    : `HTTP/1.1 ${latin1(head.bytes, head.firstSpace + 1, head.startLineEnd)}${endsEarly ? ' ' : ''}\r\n`;
  const from = asItCame ? head.start : head.startLineEnd + 2;
  const via = head.valueOf(FIELD.via);
  message.begin();
  if (line !== '') message.text(line);
  const { nominated } = framing;
  // Without chunks there are no trailers to be announced (RFC 9112 §7.1.3).
  const unnamed = writing.unchunking ? [...(nominated ?? []), 'trailer'] : nominated;
  copyKeptFields(message, head, from, droppedFrom(response, writing.unchunking), unnamed);
  if (framing.rewritten && mayHaveBody(status) && !writing.unchunking) message.text(bodyField(framing));
  // Text in one piece is written without a copy of it, which is why pieces are not put together before.
  if (via !== undefined && via !== '')
    message.text(`Via: ${via}, ${http10 ? pseudonym.via10 : pseudonym.via11}`);
  else message.text(http10 ? pseudonym.firstVia10 : pseudonym.firstVia11);
  if (!head.has(FIELD['x-request-id'])) {
    message.text('\r\nX-Request-Id: ');
    message.text(writing.requestId);
  }
  // Interim responses are not what is dated (RFC 9110 §6.6.1).
  if (status >= 200 && !head.has(FIELD.date)) message.text(writing.date);
  if (status >= 500) message.text(`\r\nProxy-Status: ${pseudonym.name}; received-status=${status}`);
  if (writing.chunking) message.text('\r\nTransfer-Encoding: chunked');
  if (status === SWITCHING || (status === UPGRADE_REQUIRED && head.has(FIELD.upgrade)))
    message.text(`\r\nConnection: Upgrade\r\nUpgrade: ${head.valueOf(FIELD.upgrade) ?? ''}`);
  if (status === SWITCHING || writing.connection === '') message.text('\r\n\r\n');
  else message.text(`\r\n${writing.connection}\r\n`);
}

const SWITCHING = 101;
const NO_CONTENT = 204;
/** Says to what the client has to upgrade, in the field that speaks of the connection otherwise (RFC 9110 §15.5.22). */
const UPGRADE_REQUIRED = 426;

function droppedFrom({ status, framing }: ResponseHead, unchunking: boolean): Uint8Array {
  if (framing.rewritten || !mayHaveBody(status)) return REWRITTEN_WITHOUT_BODY;
  return unchunking ? REWRITTEN_WITHOUT_CHUNKING : REWRITTEN;
}

/** 1xx and 204 have no body and must not speak of one (RFC 9110 §8.6, RFC 9112 §6.1). */
function mayHaveBody(status: number): boolean {
  return status >= 200 && status !== NO_CONTENT;
}
