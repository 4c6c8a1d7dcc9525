import type { Snapshot, Transaction } from './snapshot.js';

/** Tasks that wait: those that may begin, and those that are not due yet. */
export interface Waiting {
  readonly ready: number;
  readonly delayed: number;
}

interface Change extends Waiting {
  readonly transaction: Transaction;
}

/**
 * How many tasks wait in a worker's queue: what was last counted in the store, and what this worker has changed since.
 *
 * Work goes on while the store is counted, so whether a change is in the count already does not follow from when its answer
 * came. It follows from the numbers of transactions: a count sees exactly those that its snapshot does. So each count makes
 * up for whatever others have changed, or for answers that never came, however busy the worker is.
 */
export class QueueCount {
  /** Of the last count. */
  #snapshot: Snapshot | undefined;
  /** What the last count did not see. */
  #since: Change[] = [];
  #ready = 0;
  #delayed = 0;

  /** Tasks that may begin. */
  get ready(): number {
    return Math.max(0, this.#ready);
  }

  /** Tasks that wait for their time. */
  get delayed(): number {
    return Math.max(0, this.#delayed);
  }

  get total(): number {
    return this.ready + this.delayed;
  }

  /** This worker has put tasks into its queue, or has taken some out of it where the numbers are negative. */
  change(transaction: Transaction, { ready = 0, delayed = 0 }: Partial<Waiting>): void {
    if (this.#snapshot?.sees(transaction) === true) return;
    this.#since.push({ transaction, ready, delayed });
    this.#ready += ready;
    this.#delayed += delayed;
  }

  /** The queue was counted. */
  correct(counted: Waiting, snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    this.#since = this.#since.filter(({ transaction }) => !snapshot.sees(transaction));
    this.#ready = this.#since.reduce((sum, { ready }) => sum + ready, counted.ready);
    this.#delayed = this.#since.reduce((sum, { delayed }) => sum + delayed, counted.delayed);
  }
}
