import { randomBytes } from 'node:crypto';

/** Random identifiers are drawn from the system this many bytes at a time: one call per request would cost more than the rest. */
const POOL_BYTES = 8_192;
/** Hexadecimal digits, as text. */
let pool = Buffer.alloc(0);
let at = 0;

/** The digits of a trace-id, 16 random bytes (W3C Trace Context §3.2.2.3), and of a parent-id, 8 of them (§3.2.2.4). */
export const TRACE_ID_DIGITS = 32;
export const PARENT_ID_DIGITS = 16;

/** Writes `digits` random hexadecimal digits to `target[start..]`. */
export function writeRandomHex(target: Uint8Array, start: number, digits: number): void {
  draw(digits);
  for (let digit = 0; digit < digits; digit++) target[start + digit] = pool[at + digit] as number;
  at += digits;
}

/** A trace-id. */
export function newTraceId(): string {
  return randomHex(TRACE_ID_DIGITS);
}

/** A `traceparent` that begins the trace `traceId`; whether it is recorded is left to those behind. */
export function traceparent(traceId: string): string {
  return `00-${traceId}-${randomHex(PARENT_ID_DIGITS)}-00`;
}

/** Version 00 is 55 characters long; only later ones may add to it. */
const TRACEPARENT =
  /^(?!ff|00.{54})[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;

/** Whether a `traceparent` is one by W3C Trace Context §3.2; one that is not is replaced. */
export function isTraceparent(value: string): boolean {
  return TRACEPARENT.test(value);
}

function randomHex(digits: number): string {
  draw(digits);
  at += digits;
  return pool.toString('latin1', at - digits, at);
}

/** Sees to it that the pool has `digits` more. */
function draw(digits: number): void {
  if (at + digits <= pool.length) return;
  pool = Buffer.from(randomBytes(POOL_BYTES).toString('hex'), 'latin1');
  at = 0;
}
