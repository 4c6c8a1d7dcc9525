import type { Task, TaskPayload } from '@balanza/contracts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Attempt } from './attempt.js';
import {
  IdempotencyConflictError,
  PermanentTaskError,
  QueueFullError,
  RunnerNotReadyError,
} from './errors.js';
import { TaskDefinitions, type TaskContext, type TaskDefinition } from './task-definition.js';
import type { TaskRunnerOptions } from './task-runner-options.js';
import { TaskRunner } from './task-runner.js';
import type { TaskStore } from './task-store.js';
import { startTaskDatabase, type TaskDatabase } from './testing/task-database.js';
import { enqueue } from './testing/new-tasks.js';
import { WorkStore } from './work-store.js';

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

const unwritable = () => {
  throw new Error('no words for it');
};

type Handle = TaskDefinition['handle'];
type Options = Partial<TaskRunnerOptions> & { readonly name?: string; readonly handle?: Handle };

function newRunner({ name, handle = async () => 'done', instance = 'aaaaaaaa', ...options }: Options = {}) {
  const runner = new TaskRunner({
    ...database.stores(instance, name),
    instance,
    definitions: new TaskDefinitions({ handle }),
    retryDelay: { firstMs: 1, maxMs: 1 },
    ...options,
  });
  runners.push(runner);
  return runner;
}

async function start(options: Options = {}): Promise<TaskRunner> {
  const runner = newRunner(options);
  await runner.start();
  expect(runner.ready).toBe(true);
  return runner;
}

/** Work that lasts until the test lets it end. */
function gate() {
  const started: TaskContext[] = [];
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const handle = async (_payload: TaskPayload, context: TaskContext) => {
    started.push(context);
    await opened;
    return 'done';
  };
  return { started, open, handle };
}

const accept = async (runner: TaskRunner, payload: TaskPayload = {}, key?: string) =>
  (await runner.accept(payload, key)).task_id;
const acceptAll = (runner: TaskRunner, count: number) =>
  Promise.all(Array.from({ length: count }, (_, n) => accept(runner, { n })));
const statuses = async (ids: readonly string[]) =>
  Promise.all(ids.map(async (id) => (await store.get(id))?.status));
const idle = (runner: TaskRunner) => expect.poll(() => runner.activeTasks, { timeout: 15_000 }).toBe(0);
/** Waits until the task has these members, and gives it. */
const becomes = async (id: string, members: Partial<Task>) => {
  await expect.poll(() => store.get(id), { timeout: 15_000 }).toMatchObject(members);
  return store.get(id);
};
const waiting = async () => (await store.list({ status: 'queued', limit: 100 })).tasks.length;

describe('a task runner', () => {
  it('runs every task that it accepts, and counts those in hand', async () => {
    const counts: number[] = [];
    const runner: TaskRunner = await start({ onChange: () => counts.push(runner?.activeTasks ?? 0) });
    const ids = await acceptAll(runner, 50);
    await idle(runner);
    expect(new Set(await statuses(ids))).toEqual(new Set(['completed']));
    expect(Math.max(...counts)).toBeGreaterThan(1);
    expect(counts.at(-1)).toBe(0);
  });

  it('runs no more at once than it may; the rest wait and are counted', async () => {
    const { started, open, handle } = gate();
    const runner = await start({ concurrency: 3, handle });
    await acceptAll(runner, 10);
    expect([started.length, await waiting()]).toEqual([3, 7]);
    expect([runner.activeTasks, runner.queuedTasks]).toEqual([10, 7]);
    open();
    await idle(runner);
    expect(started).toHaveLength(10);
  });

  it('runs what is due first by its priority', async () => {
    const { started, open, handle } = gate();
    const runner = await start({ concurrency: 1, handle });
    await accept(runner);
    for (const priority of [0, 3, -3]) await accept(runner, { priority });
    open();
    await idle(runner);
    expect(started.map(({ payload }) => payload['priority'])).toEqual([undefined, 3, 0, -3]);
  });

  it('runs a delayed task not before it is due', async () => {
    const runner = await start();
    const run_at = new Date(Date.now() + 1_500).toISOString();
    const id = await accept(runner, { run_at });
    expect(await store.get(id)).toMatchObject({ status: 'queued', run_at });
    expect(runner.activeTasks).toBe(1);
    await becomes(id, { status: 'completed' });
    const { started_at } = (await store.get(id)) ?? {};
    expect(Date.parse(started_at ?? '')).toBeGreaterThanOrEqual(Date.parse(run_at));
  });

  it('refuses a task when as many wait as may, here or in total', async () => {
    const { handle } = gate();
    const runner = await start({ concurrency: 1, maxQueued: 2, handle });
    await accept(runner);
    const results = await Promise.allSettled([1, 2, 3].map((n) => accept(runner, { n })));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(results[2]).toMatchObject({ reason: expect.any(QueueFullError) as unknown });
    expect(await waiting()).toBe(2);

    await database.pool.query('UPDATE task_workers SET active = 3');
    const other = await start({ instance: 'bbbbbbbb', maxTotal: 4, handle });
    await accept(other);
    await expect(other.accept({})).rejects.toThrow(
      'The workers have 4 tasks in hand, as many as they take together',
    );
  });

  it('accepts nothing before it has a lease', async () => {
    await expect(newRunner().accept({})).rejects.toBeInstanceOf(RunnerNotReadyError);
  });

  it('accepts a task once under one idempotency key, and refuses another body', async () => {
    const [runner, other] = [await start(), await start({ instance: 'bbbbbbbb' })];
    const [first, second] = [await runner.accept({ n: 1 }, 'key'), await other.accept({ n: 1 }, 'key')];
    expect(second).toEqual(first);
    expect(first.worker_instance).toBe('aaaaaaaa');
    await expect(other.accept({ n: 2 }, 'key')).rejects.toBeInstanceOf(IdempotencyConflictError);
    await idle(other);
    expect((await store.list({ limit: 10 })).tasks).toHaveLength(1);
  });
});

describe('a task that fails', () => {
  it('is tried again as often as it may, and then keeps its error', async () => {
    const seen: number[] = [];
    const handle: Handle = (_payload, { attempt }) => {
      seen.push(attempt);
      return Promise.reject(new Error(`no luck in attempt ${attempt}`));
    };
    const runner = await start({ handle, retries: 2 });
    const id = await accept(runner);
    await becomes(id, { status: 'failed', error: 'no luck in attempt 3', attempt: 3 });
    expect(seen).toEqual([1, 2, 3]);
    await idle(runner);
  });

  it('completes when another attempt succeeds', async () => {
    const handle: Handle = async (_payload, { attempt }) => {
      if (attempt === 1) throw new Error('once');
      return attempt;
    };
    const id = await accept(await start({ handle }));
    expect(await becomes(id, { status: 'completed' })).toMatchObject({ result: 2, error: null, attempt: 2 });
  });

  it.each<[string, Handle, string]>([
    ['says that it would fail again', () => Promise.reject(new PermanentTaskError('never')), 'never'],
    ['returns what cannot be stored', async () => 1n, 'BigInt'],
    ['returns what throws when it is stored', async () => ({ toJSON: unwritable }), 'no words for it'],
    ['returns more than is stored', async () => 'x'.repeat(1024 * 1024), 'has 1048578 bytes as JSON'],
  ])('and %s is not tried again', async (_what, handle, error) => {
    const id = await accept(await start({ handle }));
    const members = { attempt: 1, error: expect.stringContaining(error) as string };
    expect(await becomes(id, { status: 'failed' })).toMatchObject(members);
  });

  it('takes too long when its time is over, and its handler hears of it', async () => {
    const reasons: unknown[] = [];
    const handle: Handle = (_payload, { signal }) => {
      signal.addEventListener('abort', () => reasons.push((signal.reason as Error).message));
      return new Promise(() => undefined);
    };
    const id = await accept(await start({ handle, timeLimitS: 0.05, retries: 0 }));
    const error = 'The attempt did not end within 0.05 s';
    await becomes(id, { status: 'failed', error });
    expect(reasons).toEqual([error]);
  });
});

it('tells how far a task is', async () => {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const handle: Handle = async (_payload, { progress }) => {
    progress(0.25);
    await opened;
    progress(0.5);
    expect(() => progress(2)).toThrow(RangeError);
    return 'done';
  };
  const id = await accept(await start({ handle }));
  expect(await becomes(id, { progress: 0.25 })).toMatchObject({ status: 'running' });
  open();
  expect(await becomes(id, { status: 'completed' })).toMatchObject({ progress: 0.25, error: null });
});

describe('a task that is cancelled', () => {
  it('has its handler told, and its place is free again', async () => {
    const { started, handle } = gate();
    const runner = await start({ concurrency: 1, handle });
    const ids = [await accept(runner), await accept(runner)];
    await store.cancel(ids[0] ?? '');
    await runner.verify(ids[0] ?? '');
    await expect.poll(() => started.length).toBe(2);
    expect(started[0]?.signal.aborted).toBe(true);
    expect(await statuses(ids)).toEqual(['cancelled', 'running']);
    expect(runner.activeTasks).toBe(1);
  });

  it('while it waits is counted no longer, once the next renewal has told', async () => {
    const { handle } = gate();
    const runner = await start({ concurrency: 1, handle });
    const [, waits = ''] = await acceptAll(runner, 2);
    expect(runner.activeTasks).toBe(2);
    await store.cancel(waits);
    await expect.poll(() => runner.activeTasks, { timeout: 3_000 }).toBe(1);
  });
});

describe('a runner that starts again', () => {
  it('goes on with what an earlier process had in hand, and leaves others alone', async () => {
    const [dead, alive] = [database.stores('dead0000', 'a'), database.stores('bbbbbbbb', 'b')];
    for (const { leases } of [dead, alive]) await leases.renew([], 0);
    const ids = [await enqueue(dead.work), await enqueue(dead.work)];
    const foreign = await enqueue(alive.work);
    await dead.work.claim(1);
    await start({ name: 'a' });
    await expect.poll(() => statuses(ids), { timeout: 2_500 }).toEqual(['completed', 'completed']);
    expect(await Promise.all(ids.map(async (id) => (await store.get(id))?.attempt))).toEqual([2, 1]);
    expect(await statuses([foreign])).toEqual(['queued']);
  });
});

describe('a worker that is gone', () => {
  it('has what it left taken over when its lease has lapsed', async () => {
    const runner = await start();
    const gone = database.stores('dead0000');
    await gone.leases.renew([], 1);
    const id = await enqueue(gone.work);
    await gone.work.claim(1);
    const members = { attempt: 2, worker_instance: 'aaaaaaaa' };
    expect(await becomes(id, { status: 'completed' })).toMatchObject(members);
    await idle(runner);
  });

  it('has no more taken over than there is room for', async () => {
    const { started, handle } = gate();
    const gone = database.stores('dead0000', 'a');
    await gone.leases.renew([], 3);
    await Promise.all([1, 2, 3].map(() => enqueue(gone.work)));
    const runner = await start({ name: 'a', concurrency: 2, handle });
    await expect.poll(() => started.length).toBe(2);
    expect([runner.activeTasks, await waiting()]).toEqual([2, 1]);
  });
});

describe('a runner that stops', () => {
  it('lets what runs end, and begins nothing', async () => {
    const { started, open, handle } = gate();
    const runner = await start({ concurrency: 1, handle });
    const ids = await acceptAll(runner, 2);
    expect(started).toHaveLength(1);
    const stopped = runner.stop(5_000);
    open();
    await stopped;
    expect(new Set(await statuses(ids))).toEqual(new Set(['completed', 'queued']));
  });

  it('accepts nothing from the first moment on', async () => {
    const { open, handle } = gate();
    const runner = await start({ handle });
    const id = await accept(runner);
    const stopped = runner.stop(5_000);
    await expect(runner.accept({})).rejects.toBeInstanceOf(RunnerNotReadyError);
    open();
    await stopped;
    await expect(runner.accept({})).rejects.toBeInstanceOf(RunnerNotReadyError);
    expect(await statuses([id])).toEqual(['completed']);
    expect(await waiting()).toBe(0);
  });

  it('gives up what takes too long, which others run at once', async () => {
    const { started, handle } = gate();
    const runner = await start({ handle });
    const id = await accept(runner);
    await runner.stop(50);
    expect(started[0]?.signal.aborted).toBe(true);
    expect(await statuses([id])).toEqual(['queued']);
    await start({ instance: 'bbbbbbbb' });
    await becomes(id, { status: 'completed', attempt: 2 });
  });
});

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
    const runner = await start({
      work: new CountingStore(database.pool, 'aaaaaaaa'),
      concurrency: 2,
      handle,
      onStoreState: (error) => states.push(error === undefined ? 'back' : 'away'),
    });
    const ids = await acceptAll(runner, 4);
    expect(started).toHaveLength(2);
    await database.server.stop();
    await expect(runner.accept({})).rejects.toThrow('The database cannot be reached now; try again');
    open();
    await expect.poll(() => states, { timeout: 10_000 }).toEqual(['away']);
    // Each outcome has been tried more than once.
    await expect.poll(() => finishes, { timeout: 10_000 }).toBeGreaterThan(4);
    expect(runner.activeTasks).toBe(4);
    await database.server.start();
    await idle(runner);
    const tasks = await Promise.all(ids.map((id) => store.get(id)));
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
    const runner = await start({ work: new LossyStore(database.pool, 'aaaaaaaa'), concurrency: 1, handle });
    await Promise.allSettled([accept(runner), accept(runner)]);
    open();
    const completed = async () => (await store.list({ status: 'completed', limit: 10 })).tasks;
    await expect.poll(completed, { timeout: 10_000 }).toHaveLength(2);
    const attempts = (await completed()).map(({ attempt }) => attempt);
    expect(attempts.toSorted((a, b) => a - b)).toEqual([1, 2]);
    await idle(runner);
  });
});
