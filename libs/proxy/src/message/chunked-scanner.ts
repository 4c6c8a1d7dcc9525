import {
  BACKSLASH,
  CLASS,
  COLON,
  CR,
  DQUOTE,
  EQUALS,
  HEX,
  LF,
  SEMICOLON,
  TOKEN,
  VALUE,
} from './characters.js';
import { FIELD, fieldNamed, LONGEST_NAME } from './field-names.js';
import { MessageError, type MessageLimits } from './message-error.js';

/** Where in a chunked body the scanner stands. */
const enum State {
  SizeStart,
  Size,
  ExtensionStart,
  ExtensionName,
  ExtensionValueStart,
  ExtensionToken,
  ExtensionQuoted,
  ExtensionEscape,
  ExtensionEnd,
  SizeLf,
  Data,
  DataCr,
  DataLf,
  TrailerStart,
  TrailerName,
  TrailerValue,
  TrailerLf,
  EndLf,
  Done,
}

/** Told of each piece of data inside the chunks. */
export type OnData = (bytes: Uint8Array, start: number, end: number) => void;

/** A chunk's size may have this many digits; with more it could not be counted exactly. */
const MAX_SIZE_DIGITS = 12;

/**
 * Follows a chunked body (RFC 9112 §7.1) without changing it, so that what goes on is byte for byte what was checked.
 * Sizes are hexadecimal digits and nothing else, lines end with CR LF, extensions and trailers are well-formed and
 * bounded, and no trailer speaks of the message's framing or routing.
 */
export class ChunkedScanner {
  #state: State = State.SizeStart;
  #size = 0;
  #digits = 0;
  #lineBytes = 0;
  #trailerBytes = 0;
  /** A trailer's name as far as it has come; most bodies have none. */
  #trailerName: Uint8Array | undefined;
  #trailerNameBytes = 0;
  readonly #limits: MessageLimits;

  constructor(limits: MessageLimits) {
    this.#limits = limits;
  }

  get done(): boolean {
    return this.#state === State.Done;
  }

  reset(): void {
    this.#state = State.SizeStart;
    this.#size = 0;
    this.#digits = 0;
    this.#lineBytes = 0;
    this.#trailerBytes = 0;
  }

  /**
   * Follows the body through `bytes[start..end)`.
   *
   * @returns the offset behind what belongs to the body: `end`, or less once it is {@link done}
   * @throws MessageError
   */
  scan(bytes: Uint8Array, start: number, end: number, onData?: OnData): number {
    let at = start;
    while (at < end && this.#state !== State.Done) {
      if (this.#state === State.Data) {
        const dataEnd = Math.min(at + this.#size, end);
        onData?.(bytes, at, dataEnd);
        this.#size -= dataEnd - at;
        if (this.#size === 0) this.#state = State.DataCr;
        at = dataEnd;
      } else {
        this.#step(bytes[at] as number);
        at++;
      }
    }
    return at;
  }

  #step(byte: number): void {
    if (this.#state <= State.ExtensionEnd) this.#stepSizeLine(byte);
    else if (this.#state <= State.DataLf) this.#stepLineEnd(byte);
    else this.#stepTrailer(byte);
  }

  #stepSizeLine(byte: number): void {
    const { chunkLineBytes } = this.#limits;
    if (byte !== CR && ++this.#lineBytes > chunkLineBytes) {
      throw new MessageError(`a chunk's line is over the limit of ${chunkLineBytes} bytes`);
    }
    if (this.#state <= State.Size) this.#stepSize(byte);
    else this.#state = this.#stepExtension(byte);
  }

  /** `chunk-size = 1*HEXDIG`, then an extension or the line's end; no space, sign or prefix. */
  #stepSize(byte: number): void {
    if (is(byte, HEX)) {
      if (++this.#digits > MAX_SIZE_DIGITS) throw new MessageError('a chunk size is too large');
      // The low 4 bits of a digit are its value, those of a letter are 9 less.
      this.#size = this.#size * 16 + (byte & 0x0f) + (byte >> 6) * 9;
      this.#state = State.Size;
    } else if (this.#state === State.SizeStart) throw new MessageError('a chunk has no size');
    else if (byte === CR) this.#state = State.SizeLf;
    else if (byte === SEMICOLON) this.#state = State.ExtensionStart;
    else throw new MessageError('a chunk size has something that is not hexadecimal');
  }

  /**
   * `chunk-ext = *( ";" name [ "=" ( token / quoted-string ) ] )` (RFC 9112 §7.1.1), without the white space that the
   * RFC calls bad: readers that disagree about extensions disagree about where the chunk begins.
   */
  #stepExtension(byte: number): State {
    switch (this.#state) {
      case State.ExtensionStart:
        if (is(byte, TOKEN)) return State.ExtensionName;
        break;
      case State.ExtensionName:
        if (is(byte, TOKEN)) return State.ExtensionName;
        if (byte === EQUALS) return State.ExtensionValueStart;
        return behindExtension(byte);
      case State.ExtensionValueStart:
        if (byte === DQUOTE) return State.ExtensionQuoted;
        if (is(byte, TOKEN)) return State.ExtensionToken;
        break;
      case State.ExtensionToken:
        return is(byte, TOKEN) ? State.ExtensionToken : behindExtension(byte);
      case State.ExtensionQuoted:
        if (byte === DQUOTE) return State.ExtensionEnd;
        if (byte === BACKSLASH) return State.ExtensionEscape;
        if (is(byte, VALUE)) return State.ExtensionQuoted;
        break;
      case State.ExtensionEscape:
        if (is(byte, VALUE)) return State.ExtensionQuoted;
        break;
      default:
        return behindExtension(byte);
    }
    throw new MessageError(MALFORMED_EXTENSION);
  }

  #stepLineEnd(byte: number): void {
    switch (this.#state) {
      case State.SizeLf:
        expect(byte, LF, 'a chunk size is not followed by CR LF');
        this.#state = this.#size === 0 ? State.TrailerStart : State.Data;
        this.#lineBytes = 0;
        this.#digits = 0;
        return;
      case State.DataCr:
        expect(byte, CR, 'a chunk is longer than its size');
        this.#state = State.DataLf;
        return;
      default:
        expect(byte, LF, 'a chunk is not followed by CR LF');
        this.#state = State.SizeStart;
    }
  }

  #stepTrailer(byte: number): void {
    if (++this.#trailerBytes > this.#limits.trailerBytes) {
      throw new MessageError(`the trailers are over the limit of ${this.#limits.trailerBytes} bytes`, 431);
    }
    switch (this.#state) {
      case State.TrailerStart:
        if (byte === CR) {
          this.#state = State.EndLf;
          return;
        }
        this.#trailerNameBytes = 0;
        this.#stepTrailerName(byte);
        return;
      case State.TrailerName:
        if (byte === COLON) {
          this.#checkTrailerName();
          this.#state = State.TrailerValue;
        } else this.#stepTrailerName(byte);
        return;
      case State.TrailerValue:
        if (byte === CR) this.#state = State.TrailerLf;
        else if (!is(byte, VALUE)) throw new MessageError('a trailer has a control character');
        return;
      case State.TrailerLf:
        expect(byte, LF, 'a trailer has a bare CR');
        this.#state = State.TrailerStart;
        return;
      default:
        expect(byte, LF, 'the trailers do not end with CR LF');
        this.#state = State.Done;
    }
  }

  #stepTrailerName(byte: number): void {
    if (!is(byte, TOKEN)) throw new MessageError('a trailer has no valid name');
    this.#trailerName ??= new Uint8Array(LONGEST_NAME + 1);
    // Past its end nothing is stored: of longer names only the beginning can mean something.
    this.#trailerName[this.#trailerNameBytes++] = byte;
    this.#state = State.TrailerName;
  }

  /** Trailers may be merged into the head behind this proxy, where what it decided by must not change (RFC 9110 §6.5.1). */
  #checkTrailerName(): void {
    const name = this.#trailerName;
    if (name === undefined) return;
    const field = fieldNamed(name, 0, Math.min(this.#trailerNameBytes, name.length));
    if (field !== FIELD.other && field !== FIELD['endpoint-load-metrics']) {
      throw new MessageError('a trailer has a name that belongs into the head');
    }
  }
}

const MALFORMED_EXTENSION = 'a chunk extension is not a name, or a name and a value';

function behindExtension(byte: number): State {
  if (byte === CR) return State.SizeLf;
  if (byte === SEMICOLON) return State.ExtensionStart;
  throw new MessageError(MALFORMED_EXTENSION);
}

function is(byte: number, part: number): boolean {
  return ((CLASS[byte] as number) & part) !== 0;
}

function expect(byte: number, wanted: number, otherwise: string): void {
  if (byte !== wanted) throw new MessageError(otherwise);
}
