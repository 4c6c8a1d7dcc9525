import { CLASS, CR, HEX, LF, SEMICOLON, TOKEN, VALUE } from './characters.js';
import { MessageError, type MessageLimits } from './message-error.js';

/** Where in a chunked body the scanner stands. */
const enum State {
  SizeStart,
  Size,
  Extension,
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
 * Sizes are hexadecimal digits and nothing else, lines end with CR LF, extensions and trailers are well-formed and bounded.
 */
export class ChunkedScanner {
  #state: State = State.SizeStart;
  #size = 0;
  #digits = 0;
  #lineBytes = 0;
  #trailerBytes = 0;
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
        this.#step(bytes[at] ?? 0);
        at++;
      }
    }
    return at;
  }

  #step(byte: number): void {
    switch (this.#state) {
      case State.SizeStart:
      case State.Size:
        return this.#stepSize(byte);
      case State.Extension:
        this.#countLine();
        if (byte === CR) this.#state = State.SizeLf;
        else if (((CLASS[byte] ?? 0) & VALUE) === 0)
          throw new MessageError('a chunk extension has a control character');
        return;
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
      case State.DataLf:
        expect(byte, LF, 'a chunk is not followed by CR LF');
        this.#state = State.SizeStart;
        return;
      default:
        return this.#stepTrailer(byte);
    }
  }

  /** `chunk-size = 1*HEXDIG`, then an extension or the line's end; no space, sign or prefix. */
  #stepSize(byte: number): void {
    if (((CLASS[byte] ?? 0) & HEX) !== 0) {
      if (++this.#digits > MAX_SIZE_DIGITS) throw new MessageError('a chunk size is too large');
      this.#size = this.#size * 16 + Number.parseInt(String.fromCharCode(byte), 16);
      this.#state = State.Size;
    } else if (this.#state === State.SizeStart) throw new MessageError('a chunk has no size');
    else if (byte === CR) this.#state = State.SizeLf;
    else if (byte === SEMICOLON) this.#state = State.Extension;
    else throw new MessageError('a chunk size has something that is not hexadecimal');
  }

  #stepTrailer(byte: number): void {
    if (++this.#trailerBytes > this.#limits.trailerBytes) {
      throw new MessageError(`the trailers are over the limit of ${this.#limits.trailerBytes} bytes`, 431);
    }
    switch (this.#state) {
      case State.TrailerStart:
        if (byte === CR) this.#state = State.EndLf;
        else if (((CLASS[byte] ?? 0) & TOKEN) !== 0) this.#state = State.TrailerName;
        else throw new MessageError('a trailer has no valid name');
        return;
      case State.TrailerName:
        if (byte === 0x3a) this.#state = State.TrailerValue;
        else if (((CLASS[byte] ?? 0) & TOKEN) === 0) throw new MessageError('a trailer has no valid name');
        return;
      case State.TrailerValue:
        if (byte === CR) this.#state = State.TrailerLf;
        else if (((CLASS[byte] ?? 0) & VALUE) === 0)
          throw new MessageError('a trailer has a control character');
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

  #countLine(): void {
    const { chunkLineBytes } = this.#limits;
    if (++this.#lineBytes > chunkLineBytes) {
      throw new MessageError(`a chunk's line is over the limit of ${chunkLineBytes} bytes`);
    }
  }
}

function expect(byte: number, wanted: number, otherwise: string): void {
  if (byte !== wanted) throw new MessageError(otherwise);
}
