import { DatabaseUnavailableError } from '@balanza/postgres';
import { messageOf } from './message-of.js';

/** SQLSTATE classes of a server that answers, and cannot store: no room, no memory, no connections, no files. */
const CANNOT_STORE = /^5[38]/;
/** For how long a failure keeps a worker from being ready, in milliseconds; then what comes next has to show. */
const COUNTS_FOR_MS = 5_000;

/**
 * Whether the store works, by what has become of the statements: an outage begins with the first that fails, and ends once all
 * that failed have succeeded. It is told of once at its start and once at its end, however many statements fail meanwhile.
 */
export class StoreOutage {
  readonly #onState: (problem?: string) => void;
  readonly #now: () => number;
  /** What fails at the moment. */
  readonly #failing = new Set<unknown>();
  #problem = '';
  #isTold = false;
  #failedAt = -Infinity;

  /**
   * @param onState called with the reason when the store stops working, and without one when it works again
   * @param now monotonic, in milliseconds
   */
  constructor(onState: (problem?: string) => void, now: () => number) {
    this.#onState = onState;
    this.#now = now;
  }

  /** Why tasks cannot be stored, where that has been tried within the last 5 s. */
  get problem(): string | undefined {
    if (this.#failing.size === 0 || this.#now() - this.#failedAt > COUNTS_FOR_MS) return undefined;
    return this.#problem;
  }

  /** @param what tells the failing apart */
  failed(what: unknown, error: unknown): void {
    this.#problem = error instanceof DatabaseUnavailableError ? error.detail : messageOf(error);
    this.#failedAt = this.#now();
    this.#failing.add(what);
    if (!this.#isTold) this.#onState(this.#problem);
    this.#isTold = true;
  }

  succeeded(what: unknown): void {
    this.#failing.delete(what);
    if (!this.#isTold || this.#failing.size > 0) return;
    this.#isTold = false;
    this.#onState();
  }

  /**
   * Does something once, and notes whether the database had room for it. Where it is away, renewals of the lease show that.
   *
   * @throws as `operation` does
   */
  async watch<T>(what: unknown, operation: () => Promise<T>): Promise<T> {
    try {
      const result = await operation();
      this.succeeded(what);
      return result;
    } catch (error) {
      if (error instanceof DatabaseUnavailableError && CANNOT_STORE.test(error.code))
        this.failed(what, error);
      throw error;
    }
  }

  /** What failed is not tried any more, which says nothing about the store. */
  forget(what: unknown): void {
    this.#failing.delete(what);
  }
}
