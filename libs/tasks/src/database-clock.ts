/**
 * The clock of the database, as of its last answer: times that several workers compare are its own alone, whatever the clocks of
 * their machines say and however they jump.
 */
export class DatabaseClock {
  readonly #monotonic: () => number;
  /** By how much the database's clock is ahead of the monotonic one, in milliseconds. */
  #ahead: number | undefined;

  /** @param monotonic in milliseconds */
  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  /** @param now what the database's clock has just said, in milliseconds since 1970 */
  set(now: number): void {
    this.#ahead = now - this.#monotonic();
  }

  /**
   * Milliseconds since 1970, whole ones.
   *
   * @throws Error before the database has said anything
   */
  now(): number {
    if (this.#ahead === undefined) throw new Error('the clock of the database has not been read yet');
    return Math.floor(this.#monotonic() + this.#ahead);
  }
}
