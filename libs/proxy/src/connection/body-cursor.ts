import { ChunkedScanner, type OnData } from '../message/chunked-scanner.js';
import type { Framing } from '../message/framing.js';
import type { MessageLimits } from '../message/message-error.js';

const NOTHING: readonly number[] = [];

/** Follows a body through the pieces that it comes in, to where it ends. One per side of a connection. */
export class BodyCursor {
  readonly #chunks: ChunkedScanner;
  #chunked = false;
  /** Bytes still to come; meaningless where the body is chunked. */
  #left = 0;

  /** @param ofResponses follows bodies of responses, not of requests */
  constructor(limits: MessageLimits, ofResponses: boolean) {
    this.#chunks = new ChunkedScanner(limits, ofResponses);
  }

  /** As {@link ChunkedScanner.omitted} */
  get omitted(): readonly number[] {
    return this.#chunked ? this.#chunks.omitted : NOTHING;
  }

  /** As {@link ChunkedScanner.takeTrailers} */
  takeTrailers(): string {
    return this.#chunked ? this.#chunks.takeTrailers() : '';
  }

  /** Begins at a body of `framing`'s length. */
  begin(framing: Framing): void {
    this.#chunked = framing.chunked;
    if (framing.chunked) this.#chunks.reset(framing.nominated);
    else this.#left = framing.contentLength;
  }

  /** Begins at a body of `length` bytes; `Infinity` for one that the end of the connection ends. */
  beginLength(length: number): void {
    this.#chunked = false;
    this.#left = length;
  }

  get done(): boolean {
    return this.#chunked ? this.#chunks.done : this.#left === 0;
  }

  /**
   * Follows the body through `bytes[start..end)`.
   *
   * @param onData told of the data inside chunks
   * @returns the offset behind what belongs to the body
   * @throws MessageError
   */
  advance(bytes: Uint8Array, start: number, end: number, onData?: OnData): number {
    if (this.#chunked) return this.#chunks.scan(bytes, start, end, onData);
    const at = Math.min(start + this.#left, end);
    this.#left -= at - start;
    return at;
  }
}
