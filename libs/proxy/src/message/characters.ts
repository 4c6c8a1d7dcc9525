/** Bytes by name, as messages are read byte by byte. */
export const CR = 0x0d;
export const LF = 0x0a;
export const SP = 0x20;
export const HTAB = 0x09;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;
export const EQUALS = 0x3d;
export const DQUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const DEL = 0x7f;

/** A character of a token (RFC 9110 §5.6.2): methods and field names. */
export const TOKEN = 1;
/** A character of a field value (RFC 9110 §5.5): visible, obs-text, space or tab. */
export const VALUE = 2;
/** A visible ASCII character other than `#`: what a request target is made of (RFC 9112 §3.2). */
export const TARGET = 4;
/** A hexadecimal digit. */
export const HEX = 8;

/** What each byte may be part of: one look-up per byte read. */
export const CLASS = new Uint8Array(256);

for (let byte = 0; byte < 256; byte++) {
  const char = String.fromCharCode(byte);
  let bits = 0;
  if (/[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(char)) bits |= TOKEN;
  if ((byte >= SP && byte !== DEL) || byte === HTAB) bits |= VALUE;
  if (byte > SP && byte < DEL && char !== '#') bits |= TARGET;
  if (/[0-9A-Fa-f]/.test(char)) bits |= HEX;
  CLASS[byte] = bits;
}
