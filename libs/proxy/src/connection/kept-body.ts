import type { RetryPolicy } from '../resilience/policy.js';

/** How much of all bodies one thread keeps. */
export class ReplayMemory {
  #used = 0;

  get used(): number {
    return this.#used;
  }

  /** @returns false when that would be more than `limit` */
  take(bytes: number, limit: number): boolean {
    if (this.#used + bytes > limit) return false;
    this.#used += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }
}

/** What was sent of one request's body so far, kept to be sent again. */
export class KeptBody {
  readonly #memory: ReplayMemory;
  #pieces: Buffer[] | undefined = [];
  #bytes = 0;

  constructor(memory: ReplayMemory) {
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
