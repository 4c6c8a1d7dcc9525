const FREE = 0;
/** Tries before a thread lets the others run. */
const SPINS = 1_000;
const NAP_MS = 1;

/**
 * Lets one thread at a time choose a backend and count it, so that no two choose on the same figures. Held for less than
 * a microsecond.
 */
export class SpinLock {
  readonly #cell: Int32Array;
  readonly #holder: number;

  /**
   * @param cell one number in shared memory, 0 at first
   * @param thread this thread's number, from 0
   */
  constructor(cell: Int32Array, thread: number) {
    this.#cell = cell;
    this.#holder = thread + 1;
  }

  /** Calls `critical` while no other thread does. */
  hold<T>(critical: () => T): T {
    this.acquire();
    try {
      return critical();
    } finally {
      this.release();
    }
  }

  acquire(): void {
    for (let tries = 1; Atomics.compareExchange(this.#cell, 0, FREE, this.#holder) !== FREE; tries++) {
      // The holder may not be running; waiting lets it.
      if (tries % SPINS === 0) Atomics.wait(this.#cell, 0, Atomics.load(this.#cell, 0), NAP_MS);
    }
  }

  /** Nobody holds it. */
  get isFree(): boolean {
    return Atomics.load(this.#cell, 0) === FREE;
  }

  release(): void {
    Atomics.store(this.#cell, 0, FREE);
    Atomics.notify(this.#cell, 0, 1);
  }

  /** Frees the lock if `thread` holds it, which has died. */
  freeFrom(thread: number): void {
    Atomics.compareExchange(this.#cell, 0, thread + 1, FREE);
  }
}
