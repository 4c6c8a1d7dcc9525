/** Parts of a window; it slides by one part at a time. */
const PARTS = 10;
/** For each part: which stretch of time it counts, requests, and failures among them. */
const PART_NUMBERS = 3;

/** Numbers that one row of an {@link OutcomeWindow} takes. */
export const WINDOW_NUMBERS = PARTS * PART_NUMBERS;

/**
 * How many requests there were lately, and how many of them failed. Each thread counts in a row of its own, so that
 * counting is one addition; whoever wants to know adds the rows up.
 */
export class OutcomeWindow {
  /** What {@link sum} has found. */
  requests = 0;
  failures = 0;
  readonly #rows: readonly Int32Array[];
  readonly #own: Int32Array;

  /**
   * @param rows of all threads, {@link WINDOW_NUMBERS} each
   * @param own this thread's
   */
  constructor(rows: readonly Int32Array[], own: number) {
    this.#rows = rows;
    this.#own = rows[own] ?? new Int32Array(WINDOW_NUMBERS);
  }

  /** @param now in ms, the same for all threads */
  add(failed: boolean, now: number, windowMs: number): void {
    const row = this.#own;
    const stretch = stretchOf(now, windowMs);
    const at = ((stretch >>> 0) % PARTS) * PART_NUMBERS;
    if (row[at] !== stretch) {
      row[at] = stretch;
      row[at + 1] = 0;
      row[at + 2] = 0;
    }
    row[at + 1] = (row[at + 1] as number) + 1;
    if (failed) row[at + 2] = (row[at + 2] as number) + 1;
  }

  /** Adds up what all threads have counted in the `windowMs` before `now`. */
  sum(now: number, windowMs: number): void {
    const stretch = stretchOf(now, windowMs);
    this.requests = 0;
    this.failures = 0;
    for (const row of this.#rows) {
      for (let at = 0; at < WINDOW_NUMBERS; at += PART_NUMBERS) {
        const age = (stretch - (row[at] as number)) | 0;
        if (age < 0 || age >= PARTS) continue;
        this.requests += row[at + 1] as number;
        this.failures += row[at + 2] as number;
      }
    }
  }

  clear(): void {
    for (const row of this.#rows) row.fill(0);
  }
}

/** The number of the stretch that `now` is in, in 32 bits; that it wraps around does not matter where only neighbours meet. */
function stretchOf(now: number, windowMs: number): number {
  return Math.floor((now * PARTS) / windowMs) | 0;
}
