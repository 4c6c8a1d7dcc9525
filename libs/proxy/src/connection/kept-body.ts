import type { RetryPolicy } from '../resilience/policy.js';
import type { BodyMemory } from './body-memory.js';

/** What was sent of one request's body so far, kept to be sent again. */
export class KeptBody {
  readonly #memory: BodyMemory;
  #pieces: Buffer[] | undefined = [];
  #bytes = 0;

  constructor(memory: BodyMemory) {
    this.#memory = memory;
  }

  /** Undefined once it is not kept any more. */
  get pieces(): readonly Buffer[] | undefined {
    return this.#pieces;
  }

  /** Keeps a copy of another piece, or nothing at all any more where it is too much. */
  add(piece: Buffer, { replayBytes, replayTotalBytes }: RetryPolicy): void {
    if (this.#pieces === undefined) return;
    if (this.#bytes + piece.length > replayBytes || !this.#memory.take(piece.length, replayTotalBytes)) {
      this.drop();
      return;
    }
    this.#bytes += piece.length;
    // Where it was read is read into again.
    this.#pieces.push(Buffer.from(piece));
  }

  /** It will not be sent again. Idempotent. */
  drop(): void {
    if (this.#pieces === undefined) return;
    this.#memory.give(this.#bytes);
    this.#pieces = undefined;
  }
}
