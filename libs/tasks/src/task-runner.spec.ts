import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { QueueFullError, RunnerNotReadyError } from './errors.js';
import { TaskRunner, type TaskRunnerOptions } from './task-runner.js';
import { TaskStore, type Attempt } from './task-store.js';
import { startTaskDatabase, type TaskDatabase } from './testing/task-database.js';

let database: TaskDatabase;
let store: TaskStore;
const runners: TaskRunner[] = [];

beforeAll(async () => {
  database = await startTaskDatabase();
  ({ store } = database);
});
afterAll(() => database.close());
beforeEach(() => database.empty());
afterEach(async () => {
  await Promise.all(runners.splice(0).map((runner) => runner.stop(0)));
});

function newRunner(options: Partial<TaskRunnerOptions> = {}): TaskRunner {
  const runner = new TaskRunner({
    store,
    owner: 'a',
    instance: 'aaaaaaaa',
    handler: async () => 'done',
    ...options,
  });
  runners.push(runner);
  return runner;
}

/** Work that lasts until the test lets it end. */
function gate() {
  const started: Attempt[] = [];
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const handler = async (attempt: Attempt) => {
    started.push(attempt);
    await opened;
    return 'done';
  };
  return { started, open, handler };
}

async function start(runner: TaskRunner): Promise<TaskRunner> {
  runner.start();
  await expect.poll(() => runner.recovered).toBe(true);
  return runner;
}

function acceptAll(runner: TaskRunner, count: number): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, (_, n) => runner.accept({ n })));
}

async function statuses(ids: readonly string[]): Promise<(string | undefined)[]> {
  return Promise.all(ids.map(async (id) => (await store.get(id))?.status));
}

describe('a task runner', () => {
  it('runs every task that it accepts, and counts those in hand', async () => {
    const counts: number[] = [];
    const runner: TaskRunner = newRunner({ onChange: () => counts.push(runner.activeTasks) });
    await start(runner);
    const ids = await acceptAll(runner, 50);
    await expect.poll(() => runner.activeTasks, { timeout: 10_000 }).toBe(0);
    expect(new Set(await statuses(ids))).toEqual(new Set(['completed']));
    expect(Math.max(...counts)).toBeGreaterThan(1);
    expect(counts.at(-1)).toBe(0);
  });

  it('runs no more at once than it may; the rest wait and are counted', async () => {
    const { started, open, handler } = gate();
    const runner = newRunner({ concurrency: 3, handler });
    await start(runner);
    await acceptAll(runner, 10);
    await expect.poll(() => started.length).toBe(3);
    expect(await store.countQueued('a')).toBe(7);
    expect(runner.activeTasks).toBe(10);
    open();
    await expect.poll(() => runner.activeTasks, { timeout: 10_000 }).toBe(0);
    expect(started).toHaveLength(10);
  });

  it('records what the work throws as the error of the task', async () => {
    const runner = newRunner({ handler: () => Promise.reject(new Error('no luck')) });
    await start(runner);
    const id = await runner.accept({});
    await expect.poll(() => runner.activeTasks).toBe(0);
    expect(await store.get(id)).toMatchObject({ status: 'failed', error: 'no luck', attempt: 1 });
  });

  it('fails a task whose result cannot be stored', async () => {
    const runner = newRunner({ handler: async () => 1n });
    await start(runner);
    const id = await runner.accept({});
    await expect.poll(() => runner.activeTasks).toBe(0);
    expect(await store.get(id)).toMatchObject({ status: 'failed', error: expect.stringContaining('BigInt') });
  });

  it('refuses a task when as many wait as may', async () => {
    const { handler } = gate();
    const runner = newRunner({ concurrency: 1, maxQueued: 2, handler });
    await start(runner);
    await runner.accept({});
    await expect.poll(() => store.countQueued('a')).toBe(0);
    const results = await Promise.allSettled([1, 2, 3].map((n) => runner.accept({ n })));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(results[2]).toMatchObject({ reason: expect.any(QueueFullError) as unknown });
    expect(await store.countQueued('a')).toBe(2);
  });

  it('accepts nothing before it is started', async () => {
    await expect(newRunner().accept({})).rejects.toBeInstanceOf(RunnerNotReadyError);
  });
});

describe('a runner that starts again', () => {
  it('goes on with what an earlier process had in hand, and leaves other owners alone', async () => {
    const ids = [
      await store.accept('a', 'dead0000', { n: 1 }),
      await store.accept('a', 'dead0000', { n: 2 }),
    ];
    const foreign = await store.accept('b', 'bbbbbbbb', {});
    await store.claim('a', 'dead0000', 1);
    const runner = newRunner();
    await start(runner);
    await expect.poll(() => statuses(ids), { timeout: 10_000 }).toEqual(['completed', 'completed']);
    expect(await Promise.all(ids.map(async (id) => (await store.get(id))?.attempt))).toEqual([2, 1]);
    expect(await statuses([foreign])).toEqual(['queued']);
  });

  it('counts what it found', async () => {
    const { handler } = gate();
    await store.accept('a', 'dead0000', {});
    await store.accept('a', 'dead0000', {});
    const runner = newRunner({ concurrency: 1, handler });
    await start(runner);
    await expect.poll(() => runner.activeTasks).toBe(2);
  });
});

describe('a runner that stops', () => {
  it('lets what runs end, and begins nothing', async () => {
    const { started, open, handler } = gate();
    const runner = newRunner({ concurrency: 1, handler });
    await start(runner);
    const ids = await acceptAll(runner, 2);
    await expect.poll(() => started.length).toBe(1);
    const stopped = runner.stop(5_000);
    open();
    await stopped;
    expect(new Set(await statuses(ids))).toEqual(new Set(['completed', 'queued']));
  });

  it('accepts nothing from the first moment on', async () => {
    const { started, open, handler } = gate();
    const runner = newRunner({ handler });
    await start(runner);
    const id = await runner.accept({});
    await expect.poll(() => started.length).toBe(1);
    const stopped = runner.stop(5_000);
    await expect(runner.accept({})).rejects.toBeInstanceOf(RunnerNotReadyError);
    open();
    await stopped;
    await expect(runner.accept({})).rejects.toBeInstanceOf(RunnerNotReadyError);
    expect(await statuses([id])).toEqual(['completed']);
    expect(await store.countQueued('a')).toBe(0);
  });

  it('gives up what takes too long, which the next start runs again', async () => {
    const { started, handler } = gate();
    const runner = newRunner({ handler });
    await start(runner);
    const id = await runner.accept({});
    await expect.poll(() => started.length).toBe(1);
    await runner.stop(50);
    expect(await statuses([id])).toEqual(['running']);

    const next = newRunner();
    await start(next);
    await expect.poll(() => statuses([id])).toEqual(['completed']);
    expect(await store.get(id)).toMatchObject({ attempt: 2 });
  });
});

describe('while the database is away', () => {
  it('loses nothing, says so once, and accepts nothing', async () => {
    const states: string[] = [];
    const { started, open, handler } = gate();
    let finishes = 0;
    class CountingStore extends TaskStore {
      override finish(...args: Parameters<TaskStore['finish']>) {
        finishes++;
        return super.finish(...args);
      }
    }
    const runner = newRunner({
      store: new CountingStore(database.pool),
      concurrency: 2,
      handler,
      onStoreState: (error) => states.push(error === undefined ? 'back' : 'away'),
    });
    await start(runner);
    const ids = await acceptAll(runner, 4);
    await expect.poll(() => started.length).toBe(2);
    await database.server.stop();
    await expect(runner.accept({})).rejects.toThrow('The database cannot be reached now; try again');
    open();
    await expect.poll(() => states, { timeout: 10_000 }).toEqual(['away']);
    // Each outcome has been tried more than once.
    await expect.poll(() => finishes, { timeout: 10_000 }).toBeGreaterThan(4);
    expect(runner.activeTasks).toBe(4);
    await database.server.start();
    await expect.poll(() => runner.activeTasks, { timeout: 15_000 }).toBe(0);
    expect(await statuses(ids)).toEqual(['completed', 'completed', 'completed', 'completed']);
    expect(states).toEqual(['away', 'back']);
  });

  it('takes up a claim whose answer was lost', async () => {
    let lose = true;
    class LossyStore extends TaskStore {
      override async claim(...args: Parameters<TaskStore['claim']>) {
        const attempts = await super.claim(...args);
        if (!lose || attempts.length === 0) return attempts;
        lose = false;
        throw new Error('the answer was lost');
      }
    }
    const runner = newRunner({ store: new LossyStore(database.pool) });
    await start(runner);
    const id = await runner.accept({});
    await expect.poll(() => runner.activeTasks, { timeout: 10_000 }).toBe(0);
    expect(await store.get(id)).toMatchObject({ status: 'completed', attempt: 2 });
  });
});
