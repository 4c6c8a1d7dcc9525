import { ByteList } from './byte-list.js';
import {
  BACKSLASH,
  CLASS,
  COLON,
  CR,
  DQUOTE,
  EQUALS,
  HEX,
  HTAB,
  LF,
  SEMICOLON,
  SP,
  TOKEN,
  VALUE,
} from './characters.js';
import { FIELD, fieldNamed } from './field-names.js';
import { MessageError, type MessageLimits } from './message-error.js';
import { isDroppedTrailer } from './trailer-names.js';

/** Where in a chunked body the scanner stands. */
const enum State {
  SizeStart,
  Size,
  ExtensionStart,
  ExtensionName,
  ExtensionNameEnd,
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

/** Trailers of a request that go on although the proxy knows their names. */
const HARMLESS: ReadonlySet<number> = new Set([FIELD.other, FIELD.date, FIELD['endpoint-load-metrics']]);

/**
 * Follows a chunked body (RFC 9112 §7.1). Sizes are hexadecimal digits and nothing else, lines end with CR LF, extensions and
 * trailers are well-formed and bounded.
 *
 * Of a request the body goes on byte for byte as it was checked: what might be read in another way is refused, as are trailers that
 * speak of the message's framing or routing. A response is read as its grammar asks: the white space that it calls bad (BWS, RFC
 * 9110 §5.6.3) and trailers of such names are {@link omitted}, and what is left is what a request might have.
 */
export class ChunkedScanner {
  /** Of the bytes scanned last, what does not go on: where each such piece starts and ends, in turn. */
  readonly omitted: number[] = [];
  #state: State = State.SizeStart;
  #size = 0;
  #digits = 0;
  #lineBytes = 0;
  #trailerBytes = 0;
  /** Of a request, the trailer's name as far as it has come; of a response, the trailers that go on. Most bodies have none. */
  #held: ByteList | undefined;
  /** Where in that the current trailer starts. */
  #trailerStart = 0;
  #dropsTrailer = false;
  /** Bytes of whole lines that are held. */
  #goesOn = 0;
  #nominated: readonly string[] | undefined;
  /** The byte that is looked at. */
  #at = 0;
  readonly #limits: MessageLimits;
  readonly #ofResponse: boolean;

  /** @param ofResponse reads responses, not requests */
  constructor(limits: MessageLimits, ofResponse = false) {
    this.#limits = limits;
    this.#ofResponse = ofResponse;
  }

  /** Of a response's trailers, the whole lines that go on in the place of what was {@link omitted} last. */
  takeTrailers(): string {
    const length = this.#goesOn;
    if (this.#held === undefined || length === 0) return '';
    this.#goesOn = 0;
    this.#trailerStart -= length;
    return this.#held.shift(length);
  }

  get done(): boolean {
    return this.#state === State.Done;
  }

  /** @param nominated names, in lower case, that `Connection` lists: no trailers are to have them */
  reset(nominated?: readonly string[]): void {
    this.#nominated = nominated;
    this.#held = undefined;
    this.#goesOn = 0;
    if (this.omitted.length > 0) this.omitted.length = 0;
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
    if (this.omitted.length > 0) this.omitted.length = 0;
    let at = start;
    while (at < end && this.#state !== State.Done) {
      if (this.#state === State.Data) {
        const dataEnd = Math.min(at + this.#size, end);
        onData?.(bytes, at, dataEnd);
        this.#size -= dataEnd - at;
        if (this.#size === 0) this.#state = State.DataCr;
        at = dataEnd;
      } else {
        this.#at = at++;
        this.#step(bytes[this.#at] as number);
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

  /** `chunk-size = 1*HEXDIG`, then an extension or the line's end; no sign or prefix. */
  #stepSize(byte: number): void {
    if (is(byte, HEX)) {
      if (++this.#digits > MAX_SIZE_DIGITS) throw new MessageError('a chunk size is too large');
      // The low 4 bits of a digit are its value, those of a letter are 9 less.
      this.#size = this.#size * 16 + (byte & 0x0f) + (byte >> 6) * 9;
      this.#state = State.Size;
    } else if (this.#state === State.SizeStart) throw new MessageError('a chunk has no size');
    else if (byte === CR) this.#state = State.SizeLf;
    else if (byte === SEMICOLON) this.#state = State.ExtensionStart;
    else if (this.#omitsSpace(byte)) this.#state = State.ExtensionEnd;
    else throw new MessageError('a chunk size has something that is not hexadecimal');
  }

  /**
   * `chunk-ext = *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )` (RFC 9112 §7.1.1), without BWS where it is passed
   * on: readers that disagree about extensions disagree about where the chunk begins.
   */
  #stepExtension(byte: number): State {
    switch (this.#state) {
      case State.ExtensionStart:
        if (is(byte, TOKEN)) return State.ExtensionName;
        if (this.#omitsSpace(byte)) return this.#state;
        break;
      case State.ExtensionName:
        if (is(byte, TOKEN)) return State.ExtensionName;
        if (byte === EQUALS) return State.ExtensionValueStart;
        return this.#omitsSpace(byte) ? State.ExtensionNameEnd : behindExtension(byte);
      case State.ExtensionNameEnd:
        if (byte === EQUALS) return State.ExtensionValueStart;
        return this.#omitsSpace(byte) ? this.#state : behindExtension(byte);
      case State.ExtensionValueStart:
        if (byte === DQUOTE) return State.ExtensionQuoted;
        if (is(byte, TOKEN)) return State.ExtensionToken;
        if (this.#omitsSpace(byte)) return this.#state;
        break;
      case State.ExtensionToken:
        if (is(byte, TOKEN)) return State.ExtensionToken;
        return this.#omitsSpace(byte) ? State.ExtensionEnd : behindExtension(byte);
      case State.ExtensionQuoted:
        if (byte === DQUOTE) return State.ExtensionEnd;
        if (byte === BACKSLASH) return State.ExtensionEscape;
        if (is(byte, VALUE)) return State.ExtensionQuoted;
        break;
      case State.ExtensionEscape:
        if (is(byte, VALUE)) return State.ExtensionQuoted;
        break;
      default:
        return this.#omitsSpace(byte) ? State.ExtensionEnd : behindExtension(byte);
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
    // Most bodies have no trailers, so that nothing has to be held.
    const begins = this.#state === State.TrailerStart && byte !== CR;
    if (this.#ofResponse && (begins || this.#held !== undefined)) this.#hold(byte);
    switch (this.#state) {
      case State.TrailerStart:
        if (byte === CR) {
          this.#state = State.EndLf;
          return;
        }
        this.#beginTrailer();
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
        this.#endTrailer();
        this.#state = State.TrailerStart;
        return;
      default:
        expect(byte, LF, 'the trailers do not end with CR LF');
        this.#goesOn = this.#held?.length ?? 0;
        this.#state = State.Done;
    }
  }

  #beginTrailer(): void {
    this.#dropsTrailer = false;
    // Of a response, its first byte is held already.
    if (this.#ofResponse) this.#trailerStart = (this.#held?.length ?? 1) - 1;
    else this.#held?.truncate(0);
  }

  #endTrailer(): void {
    if (this.#dropsTrailer) this.#held?.truncate(this.#trailerStart);
    this.#goesOn = this.#held?.length ?? 0;
  }

  #stepTrailerName(byte: number): void {
    if (!is(byte, TOKEN)) throw new MessageError('a trailer has no valid name');
    if (!this.#ofResponse) (this.#held ??= new ByteList()).push(byte);
    this.#state = State.TrailerName;
  }

  /** Trailers may be merged into the head behind this proxy, where what it decided by must not change (RFC 9110 §6.5.1). */
  #checkTrailerName(): void {
    if (this.#held === undefined) return;
    const { length } = this.#held;
    if (this.#ofResponse) {
      const name = this.#held.text(this.#trailerStart, length - 1);
      this.#dropsTrailer = isDroppedTrailer(name, this.#nominated);
      return;
    }
    const name = this.#held.text();
    const field = fieldNamed(Buffer.from(name, 'latin1'), 0, length);
    if (!HARMLESS.has(field) || this.#nominated?.includes(name.toLowerCase()) === true)
      throw new MessageError('a trailer has a name that belongs into the head');
  }

  /** A byte of a response's trailers, which go on once it is known which of them do. */
  #hold(byte: number): void {
    (this.#held ??= new ByteList()).push(byte);
    this.#omit();
  }

  /** Bad white space in a response does not go on. @returns whether `byte` is that */
  #omitsSpace(byte: number): boolean {
    if (!this.#ofResponse || (byte !== SP && byte !== HTAB)) return false;
    this.#omit();
    return true;
  }

  /** The byte that is looked at does not go on. */
  #omit(): void {
    const { omitted } = this;
    const last = omitted.length - 1;
    if (omitted[last] === this.#at) omitted[last] = this.#at + 1;
    else omitted.push(this.#at, this.#at + 1);
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
