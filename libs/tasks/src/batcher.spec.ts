import { describe, expect, it } from 'vitest';
import { AsyncLocalStorage } from 'node:async_hooks';
import { Batcher, type BatcherOptions } from './batcher.js';

function batcher(options: Partial<BatcherOptions<number, number>> = {}) {
  const batches: number[][] = [];
  const gates: (() => void)[] = [];
  const subject = new Batcher<number, number>({
    maxItems: 10,
    maxInFlight: 1,
    run: async (items) => {
      batches.push([...items]);
      await new Promise<void>((resolve) => gates.push(resolve));
      if (items.includes(13)) throw new Error('unlucky');
      return items.map((item) => item * 2);
    },
    ...options,
  });
  const addAll = (...items: number[]) => Promise.allSettled(items.map((item) => subject.add(item)));
  return {
    batches,
    addAll,
    /** Lets batches end, in the order in which they began, until `all` is settled. */
    settle: async <T>(all: Promise<T>): Promise<T> => {
      const timer = setInterval(() => gates.shift()?.(), 1);
      return all.finally(() => clearInterval(timer));
    },
  };
}

const values = (outcomes: PromiseSettledResult<number>[]) =>
  outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : 'failed'));

describe('a batcher', () => {
  it('works in the context of none of its callers', async () => {
    const context = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const run = (items: readonly number[]) => {
      seen.push(context.getStore());
      return Promise.resolve(items);
    };
    const { addAll } = batcher({ run });
    await Promise.all([context.run('a', () => addAll(1)), context.run('b', () => addAll(2))]);
    await context.run('c', () => addAll(3));
    expect(seen).toEqual([undefined, undefined]);
  });

  it('does at once what is asked for in one turn, and gives each its own result', async () => {
    const { batches, addAll, settle } = batcher();
    expect(values(await settle(addAll(1, 2, 3)))).toEqual([2, 4, 6]);
    expect(batches).toEqual([[1, 2, 3]]);
  });

  it('gathers what comes while as many batches are under way as may be', async () => {
    const { batches, addAll, settle } = batcher();
    const first = addAll(1);
    await expect.poll(() => batches.length).toBe(1);
    const others = [addAll(2), addAll(3), addAll(4)];
    await settle(Promise.all([first, ...others]));
    expect(batches).toEqual([[1], [2, 3, 4]]);
  });

  it('makes batches no larger than they may be, by number and by weight', async () => {
    const byNumber = batcher({ maxItems: 2 });
    await byNumber.settle(byNumber.addAll(1, 2, 3, 4, 5));
    expect(byNumber.batches).toEqual([[1, 2], [3, 4], [5]]);
    const byWeight = batcher({ weightOf: (item) => item, maxWeight: 5 });
    await byWeight.settle(byWeight.addAll(2, 3, 9, 1));
    expect(byWeight.batches).toEqual([[2, 3], [9], [1]]);
  });

  it('has what it does at once in its order, and each result with its own', async () => {
    const { batches, addAll, settle } = batcher({ compare: (a, b) => a - b });
    expect(values(await settle(addAll(3, 1, 2)))).toEqual([6, 2, 4]);
    expect(batches).toEqual([[1, 2, 3]]);
  });

  it('fails together, unless one item is at fault', async () => {
    const together = batcher();
    expect(values(await together.settle(together.addAll(1, 13, 2)))).toEqual(['failed', 'failed', 'failed']);
    const apart = batcher({ isItemFault: () => true });
    expect(values(await apart.settle(apart.addAll(1, 13, 2)))).toEqual([2, 'failed', 4]);
    expect(apart.batches).toEqual([[1, 13, 2], [1], [13, 2], [13], [2]]);
  });

  it('finds one item at fault among many in few batches, and several as well', async () => {
    const { batches, addAll, settle } = batcher({ maxItems: 500, isItemFault: () => true });
    const items = Array.from({ length: 400 }, (_, n) => (n === 77 || n === 300 ? 13 : n + 100));
    const outcomes = values(await settle(addAll(...items)));
    expect(outcomes).toEqual(items.map((item) => (item === 13 ? 'failed' : item * 2)));
    // Twice the depth of a tree of 400, for each of the two.
    expect(batches.length).toBeLessThanOrEqual(1 + 2 * 2 * 9);
  });

  it('an item that cannot even be weighed fails alone, and what comes after it is done', async () => {
    const weightOf = (item: number) => {
      if (item === 7) throw new Error('no weight');
      return 1;
    };
    const { batches, addAll, settle } = batcher({ weightOf, maxWeight: 10 });
    expect(values(await settle(addAll(1, 7, 2)))).toEqual([2, 'failed', 4]);
    expect(values(await settle(addAll(7, 3)))).toEqual(['failed', 6]);
    expect(batches).toEqual([[1, 2], [3]]);
  });

  it('an order that throws fails those that have none, and what comes after them is done', async () => {
    const compare = (a: number, b: number) => {
      if (a === 7 || b === 7) throw new Error('no order');
      return a - b;
    };
    const { addAll, settle } = batcher({ compare });
    expect(values(await settle(addAll(1, 7, 2)))).toEqual(['failed', 'failed', 'failed']);
    expect(values(await settle(addAll(2, 1)))).toEqual([4, 2]);
    const apart = batcher({ compare, isItemFault: () => true });
    expect(values(await apart.settle(apart.addAll(1, 8, 7)))).toEqual([2, 16, 14]);
  });

  it('results that are not as many as the items reach no caller', async () => {
    const { addAll, settle } = batcher({ run: async () => [1] });
    expect(values(await settle(addAll(1)))).toEqual([1]);
    expect(values(await settle(addAll(1, 2)))).toEqual(['failed', 'failed']);
  });
});
