import { CLASS, COLON, CR, HTAB, LF, SP, TARGET, TOKEN, VALUE } from './characters.js';
import { fieldNamed } from './field-names.js';
import { MessageError, type MessageLimits } from './message-error.js';

/** More is needed before the head is whole. */
export const INCOMPLETE = -1;

/**
 * Finds the parts of a message's head (RFC 9112 §2.1) and refuses whatever two readers could read in two ways: bare CR
 * or LF, folded lines, space before a colon, control characters. It keeps offsets into the bytes that it was
 * given, so they are valid only as long as those bytes are. One scanner serves a whole thread: each head is used
 * up before the next one is scanned.
 */
export class HeadScanner {
  /** The bytes that the offsets point into. */
  bytes: Uint8Array = new Uint8Array();
  /** Where the start line begins, and where it ends, before its CRLF. */
  start = 0;
  startLineEnd = 0;
  /** Offsets of the spaces that part the start line: method, target and version, or version, status and reason. */
  firstSpace = 0;
  secondSpace = 0;
  /** Where the last field's line ends, behind its CRLF. */
  fieldsEnd = 0;
  /** Number of fields, and for each: which it is, and where its name and value stand. */
  count = 0;
  readonly field: Uint8Array;
  readonly nameStart: Int32Array;
  readonly nameEnd: Int32Array;
  readonly valueStart: Int32Array;
  readonly valueEnd: Int32Array;
  /** One bit for each known field that is there. */
  #seen = 0;
  readonly #limits: MessageLimits;
  /** What the head that is scanned may have: a request's and an answer's limits differ. */
  #maxBytes = 0;
  #maxFields = 0;

  constructor(limits: MessageLimits) {
    this.#limits = limits;
    const fields = Math.max(limits.fields, limits.responseFields);
    this.field = new Uint8Array(fields);
    this.nameStart = new Int32Array(fields);
    this.nameEnd = new Int32Array(fields);
    this.valueStart = new Int32Array(fields);
    this.valueEnd = new Int32Array(fields);
  }

  /**
   * @returns the offset behind the head's empty line, or {@link INCOMPLETE}
   * @throws MessageError
   */
  scanRequest(bytes: Uint8Array, start: number, end: number): number {
    // An empty line before a request is ignored (RFC 9112 §2.2): some clients end a body with one too many.
    let at = start;
    while (at + 1 < end && bytes[at] === CR && bytes[at + 1] === LF) at += 2;
    const isInEmptyLine = at + 1 === end && bytes[at] === CR;
    this.#maxBytes = this.#limits.headBytes;
    this.#maxFields = this.#limits.fields;
    this.bytes = bytes;
    this.start = at;
    this.count = 0;
    this.#seen = 0;
    const fieldsAt = isInEmptyLine ? INCOMPLETE : this.#scanRequestLine(bytes, at, end);
    const headEnd = fieldsAt === INCOMPLETE ? INCOMPLETE : this.#scanFields(bytes, fieldsAt, end);
    this.#checkSize(headEnd === INCOMPLETE ? end - start : headEnd - start);
    return headEnd;
  }

  /**
   * @returns the offset behind the head's empty line, or {@link INCOMPLETE}
   * @throws MessageError
   */
  scanResponse(bytes: Uint8Array, start: number, end: number): number {
    this.#maxBytes = this.#limits.responseHeadBytes;
    this.#maxFields = this.#limits.responseFields;
    this.bytes = bytes;
    this.start = start;
    this.count = 0;
    this.#seen = 0;
    const fieldsAt = this.#scanStatusLine(bytes, start, end);
    const headEnd = fieldsAt === INCOMPLETE ? INCOMPLETE : this.#scanFields(bytes, fieldsAt, end);
    this.#checkSize(headEnd === INCOMPLETE ? end - start : headEnd - start);
    return headEnd;
  }

  /** The value of field number `index`, as text: its bytes are Latin-1 (RFC 9110 §5.5). */
  value(index: number): string {
    return latin1(this.bytes, this.valueStart[index] ?? 0, this.valueEnd[index] ?? 0);
  }

  /** Whether there is such a field. */
  has(field: number): boolean {
    return (this.#seen & (1 << field)) !== 0;
  }

  /** The values of all such fields as one list (RFC 9110 §5.3); undefined when there is none. */
  valueOf(field: number): string | undefined {
    if (!this.has(field)) return undefined;
    let value: string | undefined;
    for (let index = 0; index < this.count; index++) {
      if (this.field[index] !== field) continue;
      value = value === undefined ? this.value(index) : `${value}, ${this.value(index)}`;
    }
    return value;
  }

  /** The values of all fields of this name, whatever its case, as one list. @param name in lower case */
  valueNamed(name: string): string | undefined {
    let value: string | undefined;
    for (let index = 0; index < this.count; index++) {
      const start = this.nameStart[index] ?? 0;
      const end = this.nameEnd[index] ?? 0;
      if (end - start !== name.length || latin1(this.bytes, start, end).toLowerCase() !== name) continue;
      value = value === undefined ? this.value(index) : `${value}, ${this.value(index)}`;
    }
    return value;
  }

  /** `request-line = method SP request-target SP HTTP-version` (RFC 9112 §3): two single spaces, no other. */
  #scanRequestLine(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (((CLASS[bytes[at] as number] as number) & TOKEN) !== 0) at++;
    if (at >= end) return INCOMPLETE;
    if (bytes[at] !== SP || at === start) throw new MessageError('the request line has no valid method');
    this.firstSpace = at++;
    const targetStart = at;
    while (((CLASS[bytes[at] as number] as number) & TARGET) !== 0) at++;
    if (Math.min(at, end) - targetStart > this.#limits.targetBytes) {
      throw new MessageError(
        `the request target is over the limit of ${this.#limits.targetBytes} bytes`,
        414,
      );
    }
    if (at >= end) return INCOMPLETE;
    if (bytes[at] !== SP || at === targetStart)
      throw new MessageError('the request line has no valid target');
    this.secondSpace = at++;
    return this.#endStartLine(bytes, at, end);
  }

  /** `status-line = HTTP-version SP status-code SP [ reason-phrase ]` (RFC 9112 §4). */
  #scanStatusLine(bytes: Uint8Array, start: number, end: number): number {
    const statusEnd = start + 'HTTP/1.1 200'.length;
    if (end <= statusEnd) return INCOMPLETE;
    this.firstSpace = start + 'HTTP/1.1'.length;
    this.secondSpace = statusEnd;
    if (bytes[this.firstSpace] !== SP) throw new MessageError('the status line is not one of HTTP/1.1');
    // Servers that leave the reason out often leave out the space before it.
    if (bytes[statusEnd] !== SP && bytes[statusEnd] !== CR)
      throw new MessageError('the status is not of 3 digits');
    return this.#endStartLine(bytes, statusEnd, end);
  }

  #endStartLine(bytes: Uint8Array, from: number, end: number): number {
    let at = from;
    while (((CLASS[bytes[at] as number] as number) & VALUE) !== 0) at++;
    this.startLineEnd = at;
    return this.#endLine(bytes, at, end);
  }

  /** `field-line = field-name ":" OWS field-value OWS` (RFC 9112 §5), again and again, up to the empty line. */
  #scanFields(bytes: Uint8Array, from: number, end: number): number {
    let at = from;
    for (;;) {
      if (at >= end) return INCOMPLETE;
      if (bytes[at] === CR) {
        this.fieldsEnd = at;
        return this.#endLine(bytes, at, end);
      }
      const nameStart = at;
      while (((CLASS[bytes[at] as number] as number) & TOKEN) !== 0) at++;
      if (at >= end) return INCOMPLETE;
      // Also what a folded line and a space before the colon run into (RFC 9112 §5.1, §5.2).
      if (bytes[at] !== COLON || at === nameStart) throw new MessageError('a field has no valid name');
      const nameEnd = at++;
      while (bytes[at] === SP || bytes[at] === HTAB) at++;
      const valueStart = at;
      while (((CLASS[bytes[at] as number] as number) & VALUE) !== 0) at++;
      let valueEnd = Math.min(at, end);
      const next = this.#endLine(bytes, at, end);
      if (next === INCOMPLETE) return INCOMPLETE;
      while (valueEnd > valueStart && (bytes[valueEnd - 1] === SP || bytes[valueEnd - 1] === HTAB))
        valueEnd--;
      this.#add(nameStart, nameEnd, valueStart, valueEnd);
      at = next;
    }
  }

  #add(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    const index = this.count;
    if (index >= this.#maxFields) {
      throw new MessageError(`the head has more than ${this.#maxFields} fields`, 431);
    }
    this.count = index + 1;
    const field = fieldNamed(this.bytes, nameStart, nameEnd);
    this.field[index] = field;
    this.#seen |= 1 << field;
    this.nameStart[index] = nameStart;
    this.nameEnd[index] = nameEnd;
    this.valueStart[index] = valueStart;
    this.valueEnd[index] = valueEnd;
  }

  /** A line ends with CR and LF, both of them (RFC 9112 §2.2 lets a recipient take a bare LF; this one does not). */
  #endLine(bytes: Uint8Array, at: number, end: number): number {
    if (at >= end) return INCOMPLETE;
    if (bytes[at] !== CR) throw new MessageError('a line of the head has a control character');
    if (at + 1 >= end) return INCOMPLETE;
    if (bytes[at + 1] !== LF) throw new MessageError('a line of the head has a bare CR');
    return at + 2;
  }

  #checkSize(size: number): void {
    if (size > this.#maxBytes)
      throw new MessageError(`the head is over the limit of ${this.#maxBytes} bytes`, 431);
  }
}

/** The text of `bytes[start..end)`, one character per byte. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  return (bytes as Buffer).toString('latin1', start, end);
}
