import { SharedCells } from './shared-cells.js';
import { SpinLock } from './spin-lock.js';
import { Tally, TALLY_NUMBERS, totalsOf, type Totals } from './tally.js';

export interface LedgerShape {
  readonly backends: number;
  readonly threads: number;
  /** Names of the numbers that the threads share beside the counts: those of the strategy, and those of load reports. */
  readonly cells: { readonly strategy: readonly string[]; readonly load: readonly string[] };
}

/**
 * Everything that the threads of one balancer count, in memory that they share: who has how many requests in flight, what
 * strategies remember, what is shown as metrics. Each thread makes its own `Ledger` on the same memory.
 */
export class Ledger {
  /** Pass this to the other threads. */
  readonly memory: SharedArrayBuffer;
  readonly shape: LedgerShape;
  readonly strategyCells: SharedCells;
  readonly loadCells: SharedCells;
  readonly #lock: Int32Array;
  readonly #inFlight: Int32Array;
  readonly #background: Int32Array;
  readonly #tallies: Float64Array;

  /** @param memory of a ledger of the same shape, made by another thread */
  constructor(shape: LedgerShape, memory?: SharedArrayBuffer) {
    const { backends, threads, cells } = shape;
    const words = 1 + cells.strategy.length + cells.load.length + backends + threads * backends;
    const talliesAt = Math.ceil((words * Int32Array.BYTES_PER_ELEMENT) / 8) * 8;
    const tallies = threads * backends * TALLY_NUMBERS;
    this.shape = shape;
    this.memory = memory ?? new SharedArrayBuffer(talliesAt + tallies * Float64Array.BYTES_PER_ELEMENT);
    let at = 0;
    const take = (count: number) => {
      const part = new Int32Array(this.memory, at * Int32Array.BYTES_PER_ELEMENT, count);
      at += count;
      return part;
    };
    this.#lock = take(1);
    this.strategyCells = new SharedCells(cells.strategy, take(cells.strategy.length));
    this.loadCells = new SharedCells(cells.load, take(cells.load.length));
    this.#background = take(backends);
    this.#inFlight = take(threads * backends);
    this.#tallies = new Float64Array(this.memory, talliesAt, tallies);
  }

  /** What `thread` may hold while it chooses. */
  lock(thread: number): SpinLock {
    return new SpinLock(this.#lock, thread);
  }

  /** The account of one backend, as one thread keeps it. */
  account(backend: number, thread: number): Account {
    const { threads } = this.shape;
    const rows = Array.from({ length: threads }, (_, row) => this.#row(row) + backend);
    return new Account({
      background: this.#background.subarray(backend, backend + 1),
      inFlight: this.#inFlight,
      rows,
      own: this.#row(thread) + backend,
      tallies: rows.map((row) => this.#tallies.subarray(row * TALLY_NUMBERS, (row + 1) * TALLY_NUMBERS)),
      thread,
    });
  }

  /** Takes back what a thread that has died had in flight, and the lock if it held it. */
  settle(thread: number): void {
    const start = this.#row(thread);
    for (let backend = 0; backend < this.shape.backends; backend++)
      Atomics.store(this.#inFlight, start + backend, 0);
    this.lock(thread).freeFrom(thread);
  }

  #row(thread: number): number {
    return thread * this.shape.backends;
  }
}

interface AccountParts {
  readonly background: Int32Array;
  readonly inFlight: Int32Array;
  /** Where each thread counts this backend's requests in flight, and where this thread does. */
  readonly rows: readonly number[];
  readonly own: number;
  readonly tallies: readonly Float64Array[];
  readonly thread: number;
}

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
    return Atomics.load(this.#parts.background, 0);
  }

  set backgroundLoad(load: number) {
    Atomics.store(this.#parts.background, 0, load);
  }

  enter(): void {
    Atomics.add(this.#parts.inFlight, this.#parts.own, 1);
    this.tally.addRequest();
  }

  leave(): void {
    Atomics.sub(this.#parts.inFlight, this.#parts.own, 1);
  }

  /** What all threads have counted. */
  totals(): Totals {
    return totalsOf(this.#parts.tallies);
  }
}
