import { randomBytes } from 'node:crypto';

/** Random identifiers are drawn from the system this many bytes at a time: one call per request would cost more than the rest. */
const POOL_BYTES = 8_192;
let pool = '';
let at = 0;

/** `digits` random hexadecimal digits. */
function randomHex(digits: number): string {
  if (at + digits > pool.length) {
    pool = randomBytes(POOL_BYTES).toString('hex');
    at = 0;
  }
  at += digits;
  return pool.slice(at - digits, at);
}

/** A trace-id: 16 random bytes in hexadecimal (W3C Trace Context §3.2.2.3). */
export function newTraceId(): string {
  return randomHex(32);
}

/** A `traceparent` that begins the trace `traceId`; whether it is recorded is left to those behind. */
export function traceparent(traceId: string): string {
  return `00-${traceId}-${randomHex(16)}-00`;
}

/** Version 00 is 55 characters long; only later ones may add to it. */
const TRACEPARENT =
  /^(?!ff|00.{54})[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;

/** Whether a `traceparent` is one by W3C Trace Context §3.2; one that is not is replaced. */
export function isTraceparent(value: string): boolean {
  return TRACEPARENT.test(value);
}
