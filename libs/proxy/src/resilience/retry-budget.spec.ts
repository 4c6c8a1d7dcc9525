import { describe, expect, it } from 'vitest';
import { Ledger } from '../accounting/ledger.js';
import { twoThreads } from '../testing/backend-records.js';
import { DEFAULT_POLICY, type RetryPolicy } from './policy.js';

/** The budget of one thread, and a clock. */
function setUp(changes: Partial<RetryPolicy> = {}) {
  const policy = { ...DEFAULT_POLICY.retry, ...changes };
  const budget = new Ledger({ capacity: 1, threads: 1 }).retryBudget(0);
  let now = 1_000_000;
  return {
    budget,
    pass: (ms: number) => (now += ms),
    /** So many requests are sent, evenly within `ms`. */
    send: (count: number, ms = 0) => {
      for (let request = 0; request < count; request++) budget.onRequest((now += ms / count), policy);
    },
    take: () => budget.take(now, policy),
    /** Takes all that there are. */
    all: () => {
      let taken = 0;
      while (budget.take(now, policy)) taken++;
      return taken;
    },
  };
}

describe('the retry budget', () => {
  it('is 3, and one for every 5 requests', () => {
    const { all, send } = setUp();
    expect([all(), all()]).toEqual([3, 0]);
    send(4);
    expect(all()).toBe(0);
    send(1);
    expect(all()).toBe(1);
    send(503);
    expect(all()).toBe(100);
  });

  it('cannot be saved up without end', () => {
    const { all, send } = setUp();
    send(100_000);
    expect(all()).toBe(1_000);
  });

  it('forgets within 10 s what was not spent, and goes on from what was', () => {
    const { all, send, pass, take } = setUp();
    send(5_000, 1_000);
    pass(8_000);
    expect(take()).toBe(true);
    pass(3_000);
    // Nothing but those that nobody has to have paid for.
    expect(all()).toBe(3);
    send(10, 10_000);
    expect(all()).toBe(2);
  });

  it('makes no storm of n requests more than 1.2 n + 3, however many went well before', () => {
    for (const [requestsPerSecond, seconds] of [
      [1, 600],
      [20, 60],
      [2_000, 5],
    ] as const) {
      const { send, take, pass } = setUp();
      send(5_000, 5_000);
      pass(10_000);
      let sent = 0;
      for (let request = 0; request < requestsPerSecond * seconds; request++) {
        send(1, 1_000 / requestsPerSecond);
        sent++;
        for (let retry = 0; retry < DEFAULT_POLICY.retry.max && take(); retry++) sent++;
      }
      expect(sent).toBe(Math.floor(requestsPerSecond * seconds * 1.2 + 3));
    }
  });

  it('in the midst of good times has what the last 10 s have paid for, and no more', () => {
    const { all, send } = setUp();
    send(3_600, 3_600_000);
    expect(all()).toBe(3 + 2);
  });

  it('is whole again once no retry was asked for in 10 s, also where few requests pay', () => {
    const { all, pass, send, take } = setUp();
    expect(all()).toBe(3);
    pass(9_800);
    expect(take()).toBe(false);
    pass(9_800);
    expect(take()).toBe(false);
    pass(10_100);
    expect(all()).toBe(3);
    send(1);
    pass(60_000);
    expect([all(), all()]).toEqual([3, 0]);
  });

  it('is paid for afterwards where nothing may be saved up', () => {
    for (const budgetMaximum of [3, 0]) {
      const { all, send } = setUp({ budgetMaximum });
      expect(all()).toBe(3);
      send(15);
      expect(all()).toBe(3);
    }
  });

  it('is not touched by a retry that was not made, and is the same for all threads', () => {
    const { retry } = DEFAULT_POLICY;
    const [first, second] = twoThreads().map((ledger, thread) => ledger.retryBudget(thread)) as [
      ReturnType<Ledger['retryBudget']>,
      ReturnType<Ledger['retryBudget']>,
    ];
    for (let request = 0; request < 5; request++) first.onRequest(5_000, retry);
    for (let request = 0; request < 5; request++) second.onRequest(5_000, retry);
    expect(first.take(5_000, retry)).toBe(true);
    first.giveBack();
    const taken = [first, second, first, second, first, second].map((each) => each.take(5_000, retry));
    expect(taken).toEqual([true, true, true, true, true, false]);
  });
});
