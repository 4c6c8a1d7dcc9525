import { describe, expect, it } from 'vitest';
import type { Attempt } from './attempt.js';
import { accept, acceptAll, gate, idle, TaskRunners } from './testing/task-runners.js';
import { WorkStore } from './work-store.js';

const runners = new TaskRunners();

describe('while the database is away', () => {
  it('loses nothing, says so once, and accepts nothing', async () => {
    const states: string[] = [];
    const { started, open, handle } = gate();
    let finishes = 0;
    class CountingStore extends WorkStore {
      override finish(...args: Parameters<WorkStore['finish']>) {
        finishes++;
        return super.finish(...args);
      }
    }
    const runner = await runners.start({
      work: new CountingStore(runners.database.pool, 'aaaaaaaa'),
      concurrency: 2,
      handle,
      onStoreState: (error) => states.push(error === undefined ? 'back' : 'away'),
    });
    const ids = await acceptAll(runner, 4);
    expect(started).toHaveLength(2);
    await runners.database.server.stop();
    await expect(runner.accept({})).rejects.toThrow('The database cannot be reached now; try again');
    open();
    await expect.poll(() => states).toEqual(['away']);
    // Each outcome has been tried more than once.
    await expect.poll(() => finishes).toBeGreaterThan(4);
    expect(runner.activeTasks).toBe(4);
    await runners.database.server.start();
    await idle(runner);
    const tasks = await Promise.all(ids.map((id) => runners.store.get(id)));
    // What ran went on: nobody took it for lost.
    expect(tasks.map((task) => [task?.status, task?.attempt])).toEqual(
      Array.from({ length: 4 }, () => ['completed', 1]),
    );
    expect(states).toEqual(['away', 'back']);
  });

  it.each(['claim', 'accept'] as const)('takes up what a %s did whose answer was lost', async (method) => {
    let lose = true;
    class LossyStore extends WorkStore {
      override async claim(limit: number): Promise<readonly Attempt[]> {
        return this.#lose('claim', await super.claim(limit));
      }
      override async accept(...args: Parameters<WorkStore['accept']>): Promise<boolean> {
        return this.#lose('accept', await super.accept(...args));
      }
      #lose<T>(what: string, answer: T): T {
        if (what !== method || !lose) return answer;
        lose = false;
        throw new Error('the answer was lost');
      }
    }
    const { open, handle } = gate();
    const runner = await runners.start({
      work: new LossyStore(runners.database.pool, 'aaaaaaaa'),
      concurrency: 1,
      handle,
    });
    await Promise.allSettled([accept(runner), accept(runner)]);
    open();
    const completed = async () => (await runners.store.list({ status: 'completed', limit: 10 })).tasks;
    await expect.poll(completed).toHaveLength(2);
    const attempts = (await completed()).map(({ attempt }) => attempt);
    expect(attempts.toSorted((a, b) => a - b)).toEqual([1, 2]);
    await idle(runner);
  });
});
