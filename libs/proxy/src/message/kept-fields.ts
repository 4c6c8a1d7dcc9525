import { FIELD } from './field-names.js';
import { latin1, type HeadScanner } from './head-scanner.js';
import type { MessageBuilder } from './message-builder.js';

/** Fields that speak of one connection only (RFC 9110 §7.6.1) or of the proxy itself (§11.7). */
const HOP_BY_HOP: readonly number[] = [
  FIELD.connection,
  FIELD['keep-alive'],
  FIELD['proxy-connection'],
  FIELD.te,
  FIELD.upgrade,
  FIELD['http2-settings'],
  FIELD['proxy-authenticate'],
  FIELD['proxy-authorization'],
];

/** A table of the fields that are left out, by number: the hop-by-hop ones and `others`. */
export function leftOut(others: readonly number[]): Uint8Array {
  const table = new Uint8Array(Object.keys(FIELD).length);
  for (const field of [...HOP_BY_HOP, ...others]) table[field] = 1;
  return table;
}

/**
 * Appends the fields of `head` that go on, as they stood there, in as few pieces as possible: neighbours are copied together.
 *
 * @param from where the first piece begins: the start line, if it goes on as it is, or the first field
 * @param dropped which fields do not go on, from {@link leftOut}
 * @param nominated names, in lower case, that `Connection` added to them
 */
export function copyKeptFields(
  message: MessageBuilder,
  head: HeadScanner,
  from: number,
  dropped: Uint8Array,
  nominated: readonly string[] | undefined,
): void {
  const { bytes, count, field, nameStart } = head;
  let pieceStart = from;
  for (let index = 0; index < count; index++) {
    if (
      dropped[field[index] as number] === 0 &&
      (nominated === undefined || !isNominated(head, index, nominated))
    ) {
      continue;
    }
    const at = nameStart[index] as number;
    if (at > pieceStart) message.copy(bytes, pieceStart, at);
    pieceStart = lineEndOf(head, index);
  }
  const end = count === 0 ? head.startLineEnd + 2 : lineEndOf(head, count - 1);
  if (end > pieceStart) message.copy(bytes, pieceStart, end);
}

/** Where the line behind field number `index` begins. */
function lineEndOf(head: HeadScanner, index: number): number {
  const next = index + 1;
  return next < head.count ? (head.nameStart[next] as number) : head.fieldsEnd;
}

function isNominated(head: HeadScanner, index: number, nominated: readonly string[]): boolean {
  const name = latin1(head.bytes, head.nameStart[index] as number, head.nameEnd[index] as number);
  return nominated.includes(name.toLowerCase());
}
