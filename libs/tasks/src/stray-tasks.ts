/** How long a statement's answer may take until it is taken for lost, in milliseconds. */
const LOST_AFTER_MS = 900;

/**
 * Tasks that run in a worker's name in the store, but not in the worker. Mostly it has just not heard of them yet; when it
 * stays so, the answer to the statement that began them was lost.
 */
export class StrayTasks {
  readonly #now: () => number;
  #seenSince = new Map<string, number>();

  /** @param now monotonic, in milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes note of those seen now, and gives those that have been seen for so long that nobody will hear of them. */
  lasting(seen: readonly string[]): string[] {
    const now = this.#now();
    this.#seenSince = new Map(seen.map((id) => [id, this.#seenSince.get(id) ?? now]));
    return seen.filter((id) => now - (this.#seenSince.get(id) ?? now) >= LOST_AFTER_MS);
  }
}
