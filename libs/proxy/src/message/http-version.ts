import { MessageError } from './message-error.js';

const PREFIX = Buffer.from('HTTP/1.');
const ZERO = 0x30;
const ONE = 0x31;

/**
 * Whether `bytes[start..end)` says HTTP/1.0 rather than HTTP/1.1 (RFC 9112 §2.3).
 *
 * @throws MessageError when it says neither
 */
export function isHttp10(bytes: Uint8Array, start: number, end: number): boolean {
  let same = 0;
  if (end - start === PREFIX.length + 1) {
    while (same < PREFIX.length && bytes[start + same] === PREFIX[same]) same++;
  }
  const minor = bytes[start + same];
  if (same !== PREFIX.length || (minor !== ONE && minor !== ZERO)) {
    throw new MessageError('the version is neither HTTP/1.1 nor HTTP/1.0');
  }
  return minor === ZERO;
}
