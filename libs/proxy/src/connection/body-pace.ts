import type { BodyLimits } from '../body-limits.js';
import type { Deadlines } from './deadlines.js';

/**
 * How long a client may take to send a body: a grace, and for each byte that came as long as one takes at the lowest rate. What
 * was sent ahead of that counts, but never for more than a pause between two pieces may last. Only time in which the body
 * is read counts. A deadline is all that is kept of it for a body.
 */
export class BodyPace {
  readonly #deadlines: Deadlines;
  readonly #idleMs: number;
  readonly #graceMs: number;
  readonly #msPerByte: number;

  /** @param idleMs how long a pause between two pieces may last */
  constructor(deadlines: Deadlines, { minRate, graceMs }: BodyLimits, idleMs: number) {
    this.#deadlines = deadlines;
    this.#idleMs = idleMs;
    this.#graceMs = minRate > 0 ? Math.min(graceMs, idleMs) : idleMs;
    this.#msPerByte = minRate > 0 ? 1_000 / minRate : Infinity;
  }

  /** The deadline of a body that the client is not to send yet. */
  held(): number {
    return this.#deadlines.after(this.#idleMs);
  }

  /** The deadline of a body that begins. */
  begun(): number {
    return this.#deadlines.after(this.#graceMs);
  }

  /** The deadline behind another piece, where it was `deadline` before it. */
  behind(deadline: number, bytes: number): number {
    const earned = Math.max(deadline, this.#deadlines.now) + bytes * this.#msPerByte;
    return Math.min(earned, this.#deadlines.after(this.#idleMs));
  }

  /** How much time is left until `deadline`, while nothing is read. */
  left(deadline: number): number {
    return deadline - this.#deadlines.now;
  }

  /** The deadline where reading goes on and so much time was left: a client that was held up needs a moment to get going. */
  resumed(left: number): number {
    return Math.max(this.#deadlines.now + left, this.begun());
  }
}
