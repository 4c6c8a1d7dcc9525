import { randomBytes } from 'node:crypto';

/** Random identifiers are drawn from the system this many bytes at a time: one call per request would cost more than the rest. */
const POOL_BYTES = 8_192;
/** Hexadecimal digits, as text. */
let pool = Buffer.alloc(0);
let at = 0;

/** Hexadecimal digits of a request id that this proxy makes: 16 random bytes, as long as a trace-id. */
export const REQUEST_ID_DIGITS = 32;

/** Writes a new request id to `target[start..]`. */
export function writeRequestId(target: Uint8Array, start: number): void {
  draw();
  for (let digit = 0; digit < REQUEST_ID_DIGITS; digit++) target[start + digit] = pool[at + digit] as number;
  at += REQUEST_ID_DIGITS;
}

/** A new request id. */
export function newRequestId(): string {
  draw();
  at += REQUEST_ID_DIGITS;
  return pool.toString('latin1', at - REQUEST_ID_DIGITS, at);
}

/** Sees to it that the pool has another id. */
function draw(): void {
  if (at + REQUEST_ID_DIGITS <= pool.length) return;
  pool = Buffer.from(randomBytes(POOL_BYTES).toString('hex'), 'latin1');
  at = 0;
}
