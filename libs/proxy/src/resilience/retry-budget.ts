import type { RetryPolicy } from './policy.js';

/** Parts of one retry, so that the account is kept in whole numbers. */
const RETRY = 1_000;

/** The retries that may be made, in memory that the threads share: each request pays a part of one. */
export class RetryBudget {
  /** What was paid in and not yet spent; those that nobody has to have paid for come on top. */
  readonly #balance: Int32Array;

  /** @param balance one number, 0 at first */
  constructor(balance: Int32Array) {
    this.#balance = balance;
  }

  /** There is a request. */
  onRequest({ budgetShare, budgetMaximum, budgetMinimum }: RetryPolicy): void {
    const most = (budgetMaximum - budgetMinimum) * RETRY;
    if ((this.#balance[0] as number) < most) Atomics.add(this.#balance, 0, Math.round(budgetShare * RETRY));
  }

  /** Takes one retry out. @returns false when none is left */
  take({ budgetMinimum }: RetryPolicy): boolean {
    const before = Atomics.sub(this.#balance, 0, RETRY);
    if (before + budgetMinimum * RETRY >= RETRY) return true;
    this.giveBack();
    return false;
  }

  /** The retry was not made. */
  giveBack(): void {
    Atomics.add(this.#balance, 0, RETRY);
  }
}
