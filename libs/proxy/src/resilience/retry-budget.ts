import type { OutcomeWindow } from '../accounting/outcome-window.js';
import type { RetryPolicy } from './policy.js';

/** Parts of one retry, so that the account is kept in whole numbers. */
const RETRY = 1_000;

/** What was paid in and not spent within this time, in ms, is worth nothing any more; as in Finagle. */
export const DEPOSIT_MS = 10_000;

/** Numbers that a {@link RetryBudget} keeps: its balance, and when a retry was last asked for. */
export const BUDGET_NUMBERS = 2;
const BALANCE = 0;
const ASKED = 1;
/** Unit of the time at {@link ASKED}, in ms, so that 32 bits last for years. */
const TICK_MS = 100;

/**
 * The retries that may be made, in memory that the threads share: each request that is sent pays a part of one. What is spent is
 * what was paid in first, so that what is left is never more than the last {@link DEPOSIT_MS} have paid in: the good times of an
 * hour ago are no reason for a storm now.
 *
 * The first `budgetMinimum` retries are a loan. The requests that follow pay it back, and where none asks for a retry for
 * {@link DEPOSIT_MS} it is forgotten, as in Finagle: with few requests nothing else would ever do so. As long as an outage
 * goes on, retries are asked for, and the loan is given once.
 *
 * @see https://github.com/twitter/finagle/blob/develop/finagle-core/src/main/scala/com/twitter/finagle/service/RetryBudget.scala
 */
export class RetryBudget {
  /** The balance is what was paid in and not yet spent; the loan comes on top. */
  readonly #numbers: Int32Array;
  readonly #requests: OutcomeWindow;

  /**
   * @param numbers {@link BUDGET_NUMBERS} of them, 0 at first
   * @param requests where those that pay are counted
   */
  constructor(numbers: Int32Array, requests: OutcomeWindow) {
    this.#numbers = numbers;
    this.#requests = requests;
  }

  /** A request is sent, for the first time. @param now in ms, the same for all threads */
  onRequest(now: number, { budgetShare, budgetMaximum, budgetMinimum }: RetryPolicy): void {
    this.#requests.add(false, now, DEPOSIT_MS);
    // The loan is paid back afterwards, whatever may be saved up.
    const most = Math.max(budgetMaximum - budgetMinimum, 0) * RETRY;
    const numbers = this.#numbers;
    if ((numbers[BALANCE] as number) < most) Atomics.add(numbers, BALANCE, Math.round(budgetShare * RETRY));
  }

  /** Takes one retry out. @returns false when none is left */
  take(now: number, policy: RetryPolicy): boolean {
    this.#forget(now);
    this.#expire(now, policy);
    const before = Atomics.sub(this.#numbers, BALANCE, RETRY);
    if (before + policy.budgetMinimum * RETRY >= RETRY) return true;
    this.giveBack();
    return false;
  }

  /** The retry was not made. */
  giveBack(): void {
    Atomics.add(this.#numbers, BALANCE, RETRY);
  }

  /** Forgets the loan where none has asked for a retry for a while. */
  #forget(now: number): void {
    const numbers = this.#numbers;
    const tick = Math.floor(now / TICK_MS);
    const asked = Atomics.exchange(numbers, ASKED, tick);
    if (((tick - asked) | 0) <= DEPOSIT_MS / TICK_MS) return;
    const balance = Atomics.load(numbers, BALANCE);
    if (balance < 0) Atomics.compareExchange(numbers, BALANCE, balance, 0);
  }

  #expire(now: number, { budgetShare }: RetryPolicy): void {
    const numbers = this.#numbers;
    this.#requests.sum(now, DEPOSIT_MS);
    const most = this.#requests.requests * Math.round(budgetShare * RETRY);
    let current = Atomics.load(numbers, BALANCE);
    while (current > most) {
      const found = Atomics.compareExchange(numbers, BALANCE, current, most);
      if (found === current) return;
      current = found;
    }
  }
}
