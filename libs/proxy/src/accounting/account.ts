import { requestsOf, Tally, TALLY_NUMBERS, totalsOf, type Totals } from './tally.js';

/** The memory in which one backend is counted. */
export interface AccountParts {
  /** One number for each slot. */
  readonly background: Int32Array;
  readonly slot: number;
  readonly inFlight: Int32Array;
  /** Where each thread counts this backend's requests in flight, and where this thread does. */
  readonly rows: readonly number[];
  readonly own: number;
  readonly tallies: readonly Float64Array[];
  readonly thread: number;
}

/** In the place of a load that nobody knows. */
const UNKNOWN = -1;

/** One backend's counts: written by one thread, read as the sum of all. */
export class Account {
  /** This thread's part of what is shown as metrics. */
  readonly tally: Tally;
  readonly #parts: AccountParts;

  constructor(parts: AccountParts) {
    this.#parts = parts;
    this.tally = new Tally(parts.tallies[parts.thread] ?? new Float64Array(TALLY_NUMBERS));
  }

  /** Requests in flight, of all threads. */
  get inFlight(): number {
    const { inFlight, rows } = this.#parts;
    let sum = 0;
    for (const row of rows) sum += Atomics.load(inFlight, row);
    return sum;
  }

  get backgroundLoad(): number {
    return Math.max(0, this.#background);
  }

  set backgroundLoad(load: number) {
    Atomics.store(this.#parts.background, this.#parts.slot, load);
  }

  get isSilent(): boolean {
    return this.#background === UNKNOWN;
  }

  silence(): void {
    this.backgroundLoad = UNKNOWN;
  }

  get #background(): number {
    return Atomics.load(this.#parts.background, this.#parts.slot);
  }

  enter(): void {
    Atomics.add(this.#parts.inFlight, this.#parts.own, 1);
    this.tally.addRequest();
  }

  leave(): void {
    Atomics.sub(this.#parts.inFlight, this.#parts.own, 1);
  }

  /** Requests that are over, of all threads. */
  get ended(): number {
    return requestsOf(this.#parts.tallies) - this.inFlight;
  }

  /** What all threads have counted. */
  totals(): Totals {
    return totalsOf(this.#parts.tallies);
  }

  /** Forgets everything but what is in flight: those requests are still to be counted down. */
  clear(): void {
    this.backgroundLoad = 0;
    for (const numbers of this.#parts.tallies) numbers.fill(0);
  }
}
