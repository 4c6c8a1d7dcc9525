import { HTAB, SP } from './characters.js';
import { decimal, NOT_DECIMAL } from './decimal.js';
import { FIELD } from './field-names.js';
import type { HeadScanner } from './head-scanner.js';

const COMMA = 0x2c;
const TIMEOUT = Buffer.from('timeout=');
/** Setting this bit makes a capital letter small, and leaves `=` as it is. */
const SMALL = 0x20;

/**
 * How long a backend keeps a connection unused, in ms, by the first `timeout` of `Keep-Alive` (RFC 2068 §19.7.1.1: no later one has the
 * field, and nearly all servers send it). Infinity where it does not say.
 */
export function keepAliveOf(head: HeadScanner): number {
  if (!head.has(FIELD['keep-alive'])) return Infinity;
  const { bytes, count, field, valueStart, valueEnd } = head;
  for (let index = 0; index < count; index++) {
    if (field[index] !== FIELD['keep-alive']) continue;
    const seconds = timeoutIn(bytes, valueStart[index] as number, valueEnd[index] as number);
    if (seconds !== NOT_DECIMAL) return seconds * 1_000;
  }
  return Infinity;
}

/** A byte at a time: this is done for nearly every response. */
function timeoutIn(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    while (bytes[at] === SP || bytes[at] === HTAB) at++;
    let next = at;
    while (next < end && bytes[next] !== COMMA) next++;
    if (isTimeout(bytes, at, next)) {
      let valueEnd = next;
      while (bytes[valueEnd - 1] === SP || bytes[valueEnd - 1] === HTAB) valueEnd--;
      return decimal(bytes, at + TIMEOUT.length, valueEnd);
    }
    at = next + 1;
  }
  return NOT_DECIMAL;
}

function isTimeout(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start <= TIMEOUT.length) return false;
  let same = 0;
  while (same < TIMEOUT.length && ((bytes[start + same] as number) | SMALL) === TIMEOUT[same]) same++;
  return same === TIMEOUT.length;
}
