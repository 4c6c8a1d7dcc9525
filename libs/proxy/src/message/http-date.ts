/**
 * The `Date` of responses that have none (RFC 9110 §6.6.1), as a line behind another one. The text is made anew once a second, so
 * that a response costs a comparison.
 */
export class HttpDate {
  readonly #wallClock: () => number;
  #line = '';
  #until = -Infinity;

  /** @param wallClock ms since 1970 */
  constructor(wallClock: () => number = Date.now) {
    this.#wallClock = wallClock;
  }

  /** @param now a monotonic clock, in ms */
  line(now: number): string {
    if (now >= this.#until) this.#renew(now);
    return this.#line;
  }

  #renew(now: number): void {
    const time = this.#wallClock();
    // `toUTCString` writes IMF-fixdate, the one form that may be sent (RFC 9110 §5.6.7).
    this.#line = `\r\nDate: ${new Date(time).toUTCString()}`;
    this.#until = now + MS - (time % MS);
  }
}

/** Ms of a second: more exact than that no `Date` is. */
const MS = 1_000;
