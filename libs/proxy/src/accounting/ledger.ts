import { BackendHealth, HEALTH_NUMBERS, HEALTH_TIMES } from '../resilience/backend-health.js';
import { BUDGET_NUMBERS, RetryBudget } from '../resilience/retry-budget.js';
import { Account } from './account.js';
import { OutcomeWindow, WINDOW_NUMBERS } from './outcome-window.js';
import { cellNumbers, clearCells, SharedCells, type CellMemory } from './shared-cells.js';
import { SpinLock } from './spin-lock.js';
import { TALLY_NUMBERS } from './tally.js';

/** How much a {@link Ledger} has room for. */
export interface LedgerShape {
  /** Slots for backends; fixed for as long as the process lives. */
  readonly capacity: number;
  readonly threads: number;
}

/** Places among the few numbers that belong to no backend. */
const LOCK = 0;
const BALANCE = 1;
const VERSION = BALANCE + BUDGET_NUMBERS;
const BANK = VERSION + 1;
/** What each bank of cells is used for, and behind them how many wait in each thread, and how many connections it has. */
const BANK_USE = BANK + 1;
const BANKS = 2;
const WAITING = BANK_USE + BANKS;

/** Windows that belong to no slot: how all requests went, and those that pay for retries. */
const MORE_WINDOWS = 2;

/**
 * Everything that the threads of one balancer count and agree on, in memory that they share: who has how many requests in
 * flight, who is healthy, what strategies remember, what is shown as metrics. Each thread makes its own `Ledger` on the
 * same memory. A backend is known by its slot.
 */
export class Ledger {
  /** Pass this to the other threads. */
  readonly memory: SharedArrayBuffer;
  readonly shape: LedgerShape;
  /** What is remembered of load reports. */
  readonly loadCells: SharedCells;
  /** The number of each thread. */
  readonly #threads: readonly number[];
  readonly #common: Int32Array;
  readonly #banks: readonly CellMemory[];
  readonly #loads: Int32Array;
  /** Who has each slot: a number made of the URL, 0 for nobody. */
  readonly #holders: Int32Array;
  readonly #background: Int32Array;
  readonly #inFlight: Int32Array;
  readonly #health: Int32Array;
  readonly #windows: Int32Array;
  readonly #times: Float64Array;
  readonly #tallies: Float64Array;

  /** @param memory of a ledger of the same shape, made by another thread */
  constructor(shape: LedgerShape, memory?: SharedArrayBuffer) {
    const { capacity, threads } = shape;
    const parts = [
      WAITING + 2 * threads,
      ...Array.from({ length: BANKS + 1 }, () => cellNumbers(capacity)),
      capacity,
      capacity,
      threads * capacity,
      capacity * HEALTH_NUMBERS,
      threads * (capacity + MORE_WINDOWS) * WINDOW_NUMBERS,
    ];
    const whole = parts.reduce((sum, count) => sum + count, 0);
    const doublesAt = Math.ceil((whole * Int32Array.BYTES_PER_ELEMENT) / 8) * 8;
    const times = capacity * HEALTH_TIMES;
    const doubles = times + threads * capacity * TALLY_NUMBERS;
    this.shape = shape;
    this.#threads = Array.from({ length: threads }, (_, thread) => thread);
    this.memory = memory ?? new SharedArrayBuffer(doublesAt + doubles * Float64Array.BYTES_PER_ELEMENT);
    let at = 0;
    const next = () => {
      const part = new Int32Array(this.memory, at * Int32Array.BYTES_PER_ELEMENT, parts.shift());
      at += part.length;
      return part;
    };
    this.#common = next();
    this.#banks = Array.from({ length: BANKS }, (_, bank) => ({
      values: next(),
      holder: this.#common.subarray(BANK_USE + bank, BANK_USE + bank + 1),
    }));
    this.#loads = next();
    this.loadCells = new SharedCells({ values: this.#loads, holder: new Int32Array(1) });
    this.#holders = next();
    this.#background = next();
    this.#inFlight = next();
    this.#health = next();
    this.#windows = next();
    this.#times = new Float64Array(this.memory, doublesAt, times);
    this.#tallies = new Float64Array(this.memory, doublesAt + times * Float64Array.BYTES_PER_ELEMENT);
  }

  /** What `thread` may hold while it chooses. */
  lock(thread: number): SpinLock {
    return new SpinLock(this.#common.subarray(LOCK, LOCK + 1), thread);
  }

  /** The account of one slot, as one thread keeps it. */
  account(slot: number, thread: number): Account {
    const rows = this.#threads.map((row) => this.#row(row) + slot);
    return new Account({
      background: this.#background,
      slot,
      inFlight: this.#inFlight,
      rows,
      own: this.#row(thread) + slot,
      tallies: rows.map((row) => this.#tallies.subarray(row * TALLY_NUMBERS, (row + 1) * TALLY_NUMBERS)),
      thread,
    });
  }

  /** The health of whoever has this slot, as one thread keeps it. */
  health(slot: number, thread = 0): BackendHealth {
    return new BackendHealth({
      numbers: this.#health.subarray(slot * HEALTH_NUMBERS, (slot + 1) * HEALTH_NUMBERS),
      times: this.#times.subarray(slot * HEALTH_TIMES, (slot + 1) * HEALTH_TIMES),
      window: this.#window(slot, thread),
    });
  }

  /** How the requests of all backends together go, as one thread counts them. */
  outcomes(thread: number): OutcomeWindow {
    return this.#window(this.shape.capacity, thread);
  }

  /** The one account that retries are paid from, as one thread uses it. */
  retryBudget(thread: number): RetryBudget {
    const payers = this.#window(this.shape.capacity + 1, thread);
    return new RetryBudget(this.#common.subarray(BALANCE, BALANCE + BUDGET_NUMBERS), payers);
  }

  /** Requests in flight to whoever has this slot, of all threads. */
  inFlight(slot: number): number {
    let sum = 0;
    for (const thread of this.#threads) sum += Atomics.load(this.#inFlight, this.#row(thread) + slot);
    return sum;
  }

  /** Requests of all threads that wait for a backend to have room. */
  get waiting(): number {
    let sum = 0;
    for (const thread of this.#threads) sum += Atomics.load(this.#common, WAITING + thread);
    return sum;
  }

  /** So many more requests of `thread` wait, or fewer. */
  addWaiting(thread: number, change: number): void {
    Atomics.add(this.#common, WAITING + thread, change);
  }

  /** Clients' connections, of all threads. */
  get connections(): number {
    let sum = 0;
    for (const thread of this.#threads) sum += Atomics.load(this.#common, this.#connectionsOf(thread));
    return sum;
  }

  /** `thread` has so many more connections, or fewer. */
  addConnections(thread: number, change: number): void {
    Atomics.add(this.#common, this.#connectionsOf(thread), change);
  }

  /**
   * Gives a slot to a backend, which begins with nothing known of it unless it has the slot already.
   *
   * @param holder a number made of the backend's URL, other than 0
   * @returns whether it is new there
   */
  claim(slot: number, holder: number): boolean {
    if (Atomics.exchange(this.#holders, slot, holder) === holder) return false;
    this.account(slot, 0).clear();
    this.health(slot).clear();
    clearCells(this.#loads, slot);
    for (const { values } of this.#banks) clearCells(values, slot);
    return true;
  }

  /** Takes all slots but `kept` from whoever has them: who comes back is new. */
  keepOnly(kept: readonly number[]): void {
    for (const slot of this.#holders.keys()) if (!kept.includes(slot)) Atomics.store(this.#holders, slot, 0);
  }

  /** The newest plan that any thread follows; 0 before the first. */
  get version(): number {
    return Atomics.load(this.#common, VERSION);
  }

  set version(version: number) {
    Atomics.store(this.#common, VERSION, version);
  }

  /**
   * Gives a strategy its cells: empty where it used none before. The strategy before it keeps its own, as not every thread changes at
   * the same moment; the one before that has none any more. Called with the lock held.
   *
   * @param use a number made of the strategy's name and settings, other than 0
   * @param cells what the strategy was made with
   */
  strategyCells(use: number, cells = new SharedCells()): SharedCells {
    const common = this.#common;
    let bank = common.subarray(BANK_USE, BANK_USE + BANKS).indexOf(use);
    if (bank === -1) {
      bank = ((common[BANK] as number) + 1) % BANKS;
      this.#banks[bank]?.values.fill(0);
      common[BANK_USE + bank] = use;
    }
    common[BANK] = bank;
    cells.moveTo(this.#banks[bank] as CellMemory);
    return cells;
  }

  /** Takes back what a thread that has died had: requests in flight and waiting, connections, and the lock if it held it. */
  settle(thread: number): void {
    const start = this.#row(thread);
    for (let slot = 0; slot < this.shape.capacity; slot++) Atomics.store(this.#inFlight, start + slot, 0);
    Atomics.store(this.#common, WAITING + thread, 0);
    Atomics.store(this.#common, this.#connectionsOf(thread), 0);
    this.lock(thread).freeFrom(thread);
  }

  #window(slot: number, thread: number): OutcomeWindow {
    const rows = this.#threads.map((row) => {
      const start = (row * (this.shape.capacity + MORE_WINDOWS) + slot) * WINDOW_NUMBERS;
      return this.#windows.subarray(start, start + WINDOW_NUMBERS);
    });
    return new OutcomeWindow(rows, thread);
  }

  #connectionsOf(thread: number): number {
    return WAITING + this.shape.threads + thread;
  }

  #row(thread: number): number {
    return thread * this.shape.capacity;
  }
}
