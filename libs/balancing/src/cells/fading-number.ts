import type { Cells } from '../strategy.js';
import { fromBits, toBits } from './float-bits.js';

/** How far clocks may be apart or go back, in ms. */
const CLOCK_TOLERANCE = 60_000;

/** A number that fades from when it was set, in two cells. */
export class FadingNumber {
  readonly #cells: Cells;
  readonly #value: string;
  /** In whole ms, of which a cell holds the lower 32 bits: it says when within 49 days. */
  readonly #time: string;

  constructor(cells: Cells, value: string, time: string) {
    this.#cells = cells;
    this.#value = value;
    this.#time = time;
  }

  /** As it was when it was set. */
  get value(): number {
    return fromBits(this.#cells.get(this.#value) ?? 0);
  }

  at(now: number, decayMs: number): number {
    const { value } = this;
    return value === 0 ? 0 : value * this.fading(now, decayMs);
  }

  set(value: number, now: number): void {
    this.#cells.set(this.#value, toBits(value));
    this.#cells.set(this.#time, now | 0);
  }

  /** What is left of 1 by now. */
  fading(now: number, decayMs: number): number {
    const passed = (now - (this.#cells.get(this.#time) ?? 0)) >>> 0;
    return passed > 2 ** 32 - CLOCK_TOLERANCE ? 1 : Math.exp(-passed / decayMs);
  }
}
