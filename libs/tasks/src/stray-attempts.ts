import { keyOf, type AttemptId } from './attempt.js';

/** How long a statement's answer may take until it is taken for lost, in milliseconds. */
const LOST_AFTER_MS = 900;

/**
 * Attempts that run in a worker's name in the store, but not in the worker. Mostly it has just not heard of them yet; when it
 * stays so, the answer to the statement that began them was lost.
 */
export class StrayAttempts {
  readonly #now: () => number;
  #seenSince = new Map<string, number>();

  /** @param now monotonic, in milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes note of those seen now, and gives those that have been seen for so long that nobody will hear of them. */
  lasting(seen: readonly AttemptId[]): AttemptId[] {
    const now = this.#now();
    const since = (attempt: AttemptId) => this.#seenSince.get(keyOf(attempt)) ?? now;
    this.#seenSince = new Map(seen.map((attempt) => [keyOf(attempt), since(attempt)]));
    return seen.filter((attempt) => now - since(attempt) >= LOST_AFTER_MS);
  }
}
