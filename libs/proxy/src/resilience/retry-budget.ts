import type { OutcomeWindow } from '../accounting/outcome-window.js';
import type { RetryPolicy } from './policy.js';

/** Parts of one retry, so that the account is kept in whole numbers. */
const RETRY = 1_000;

/** What was paid in and not spent within this time, in ms, is worth nothing any more; as in Finagle. */
export const DEPOSIT_MS = 10_000;

/**
 * The retries that may be made, in memory that the threads share: each request that is sent pays a part of one. What is spent is
 * what was paid in first, so that what is left is never more than the last {@link DEPOSIT_MS} have paid in: the good times of an
 * hour ago are no reason for a storm now.
 *
 * @see https://github.com/twitter/finagle/blob/develop/finagle-core/src/main/scala/com/twitter/finagle/service/RetryBudget.scala
 */
export class RetryBudget {
  /** What was paid in and not yet spent; those that nobody has to have paid for come on top. */
  readonly #balance: Int32Array;
  readonly #requests: OutcomeWindow;

  /**
   * @param balance one number, 0 at first
   * @param requests where those that pay are counted
   */
  constructor(balance: Int32Array, requests: OutcomeWindow) {
    this.#balance = balance;
    this.#requests = requests;
  }

  /** A request is sent, for the first time. @param now in ms, the same for all threads */
  onRequest(now: number, { budgetShare, budgetMaximum, budgetMinimum }: RetryPolicy): void {
    this.#requests.add(false, now, DEPOSIT_MS);
    // Those that nobody has paid for are paid for afterwards, whatever may be saved up.
    const most = Math.max(budgetMaximum - budgetMinimum, 0) * RETRY;
    if ((this.#balance[0] as number) < most) Atomics.add(this.#balance, 0, Math.round(budgetShare * RETRY));
  }

  /** Takes one retry out. @returns false when none is left */
  take(now: number, policy: RetryPolicy): boolean {
    this.#expire(now, policy);
    const before = Atomics.sub(this.#balance, 0, RETRY);
    if (before + policy.budgetMinimum * RETRY >= RETRY) return true;
    this.giveBack();
    return false;
  }

  /** The retry was not made. */
  giveBack(): void {
    Atomics.add(this.#balance, 0, RETRY);
  }

  #expire(now: number, { budgetShare }: RetryPolicy): void {
    const balance = this.#balance;
    this.#requests.sum(now, DEPOSIT_MS);
    const most = this.#requests.requests * Math.round(budgetShare * RETRY);
    let current = Atomics.load(balance, 0);
    while (current > most) {
      const found = Atomics.compareExchange(balance, 0, current, most);
      if (found === current) return;
      current = found;
    }
  }
}
