import { randomBytes } from 'node:crypto';

/**
 * How one proxy calls itself in `Via` (RFC 9110 §7.6.3) and in `Proxy-Status` (RFC 9209 §2). Its threads share the name; no other proxy
 * may have it, as a request that names it in `Via` was here before.
 */
export class Pseudonym {
  readonly name: string;
  /** The element of `Via` for a message that came in HTTP/1.0, and in HTTP/1.1. */
  readonly via10: string;
  readonly via11: string;
  /** The same as the only element of the field. */
  readonly firstVia10: string;
  readonly firstVia11: string;

  /** @param name of letters, digits, `.`, `_` and `-`, a letter first; one that no other process has, unless given */
  constructor(name = `balanza-${randomBytes(4).toString('hex')}`) {
    this.name = name;
    this.via10 = `1.0 ${name}`;
    this.via11 = `1.1 ${name}`;
    this.firstVia10 = `Via: ${this.via10}`;
    this.firstVia11 = `Via: ${this.via11}`;
  }

  /**
   * Whether a message with this `Via` has come through this proxy before.
   *
   * @param via `#( [ name "/" ] version RWS received-by [ RWS comment ] )`; comments have commas and nested parentheses
   */
  isNamedIn(via: string): boolean {
    if (!via.includes(this.name)) return false;
    return withoutComments(via)
      .split(',')
      .some((element) => element.trim().split(/[ \t]+/, 2)[1] === this.name);
  }
}

const OPENS = '(';
const CLOSES = ')';
const ESCAPES = '\\';

/** Each character is looked at once, whatever they are. */
function withoutComments(text: string): string {
  let outside = '';
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === OPENS) depth++;
    else if (depth === 0) outside += character;
    else if (character === CLOSES) depth--;
    else if (character === ESCAPES) at++;
  }
  return outside;
}
