import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Attempt } from './attempt.js';
import { newTask } from './task-request.js';
import { startTaskDatabase, type TaskDatabase } from './testing/task-database.js';
import { enqueue } from './testing/new-tasks.js';
import { WorkStore } from './work-store.js';

let database: TaskDatabase;
let work: WorkStore;

beforeAll(async () => {
  database = await startTaskDatabase();
  ({ work } = database.stores('aaaaaaaa'));
});
afterAll(() => database.close());
beforeEach(() => database.empty());

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown;

async function claimOne(): Promise<Attempt> {
  const [attempt] = await work.claim(1);
  if (attempt === undefined) throw new Error('nothing to claim');
  return attempt;
}

const read = (id: string) => database.store.get(id);
const idsOf = (attempts: readonly Attempt[]) => attempts.map(({ task_id }) => task_id);

describe('a task', () => {
  it('is queued, runs and completes', async () => {
    const task_id = await enqueue(work, { n: 1 });
    const queued = {
      task_id,
      status: 'queued',
      payload: { n: 1 },
      attempt: 0,
      worker_instance: 'aaaaaaaa',
      created_at: TIME,
      started_at: null,
      finished_at: null,
      result: null,
      error: null,
    };
    expect(await read(task_id)).toEqual(queued);

    const attempt = await claimOne();
    expect(attempt).toEqual({ task_id, attempt: 1, payload: { n: 1 }, failures: 0 });
    const running = { ...queued, status: 'running', attempt: 1, started_at: TIME };
    expect(await read(task_id)).toEqual(running);

    expect(await work.note(attempt, 0.5)).toBe(true);
    expect(await read(task_id)).toEqual({ ...running, progress: 0.5 });

    expect(await work.finish(attempt, { status: 'completed', json: '{"m":[2]}' })).toBe(true);
    expect(await read(task_id)).toEqual({
      ...running,
      status: 'completed',
      finished_at: TIME,
      result: { m: [2] },
      progress: 0.5,
    });
  });

  it('that begins at once is stored as running', async () => {
    const task = newTask({}, undefined, Date.now());
    await work.accept({ ...task, begins: true });
    expect(await read(task.task_id)).toMatchObject({ status: 'running', attempt: 1, started_at: TIME });
    expect(await work.claim(1)).toEqual([]);
  });

  it('fails with its error, even one that text cannot hold as it is', async () => {
    const task_id = await enqueue(work);
    await work.finish(await claimOne(), { status: 'failed', error: 'no\0good' });
    expect(await read(task_id)).toMatchObject({ status: 'failed', result: null, error: 'no\u{FFFD}good' });
  });

  it('that is to be tried again waits for its time, with its error and its failures', async () => {
    const task_id = await enqueue(work);
    const failing = await claimOne();
    await work.note(failing, 0.5);
    await work.finish(failing, { status: 'queued', error: 'later', delayMs: 60_000 });
    expect(await read(task_id)).toMatchObject({
      status: 'queued',
      attempt: 1,
      error: 'later',
      started_at: null,
      finished_at: null,
      run_at: TIME,
    });
    expect(await read(task_id)).not.toHaveProperty('progress');
    expect(await work.claim(1)).toEqual([]);
    await database.pool.query('UPDATE tasks SET run_at = now()');
    await work.promoteDue();
    expect(await claimOne()).toEqual({ task_id, attempt: 2, payload: {}, failures: 1 });
  });

  const deep = JSON.parse(`${'{"a":'.repeat(90)}1${'}'.repeat(90)}`) as Record<string, unknown>;
  it.each([
    [{ nul: '\0', lone: '\ud800', text: 'ñ 🦉 "\\{},NULL' }],
    [deep],
    [{ '': [null, 1e300, -0.5, true] }],
  ])('keeps its payload as it was sent: %j', async (payload) => {
    const ids = await Promise.all([enqueue(work, payload), enqueue(work, { other: true })]);
    expect((await read(ids[0]))?.payload).toEqual(payload);
  });
});

describe('tasks that are accepted in one turn', () => {
  it('share a statement', async () => {
    const statements: string[] = [];
    const counting = {
      query: (...args: Parameters<TaskDatabase['pool']['query']>) => {
        statements.push(args[2] ?? '');
        return database.pool.query(...args);
      },
    } as TaskDatabase['pool'];
    const store = new WorkStore(counting, 'aaaaaaaa');
    await Promise.all(Array.from({ length: 100 }, () => enqueue(store)));
    expect(statements).toEqual(['tasks-accept']);
    expect(await work.claim(200)).toHaveLength(100);
  });

  it('go out in statements of at most 4 MiB, however few bytes a character seems to have', async () => {
    const sizes: number[] = [];
    const counting = {
      query: (...args: Parameters<TaskDatabase['pool']['query']>) => {
        sizes.push((args[1]?.[3] as string[] | undefined)?.length ?? 0);
        return database.pool.query(...args);
      },
    } as TaskDatabase['pool'];
    const store = new WorkStore(counting, 'aaaaaaaa');
    await Promise.all(Array.from({ length: 9 }, () => enqueue(store, { text: '月'.repeat(333_333) })));
    expect(sizes).toEqual([4, 4, 1]);
  });

  it('that cannot be stored does not keep the others from it', async () => {
    const good = newTask({ good: true }, undefined, Date.now());
    const bad = { ...newTask({}, undefined, Date.now()), json: '{"a":', begins: false };
    const outcomes = await Promise.allSettled([work.accept(bad), work.accept({ ...good, begins: false })]);
    expect(outcomes).toMatchObject([
      { status: 'rejected', reason: { code: '22P02' } },
      { status: 'fulfilled', value: true },
    ]);
    expect(await read(good.task_id)).toMatchObject({ status: 'queued' });
  });

  it('with one idempotency key are stored once', async () => {
    const tasks = [1, 2, 3].map(() => newTask({ once: true }, 'key-1', Date.now()));
    const stored = await Promise.all(tasks.map((task) => work.accept({ ...task, begins: false })));
    expect(stored.filter(Boolean)).toHaveLength(1);
    const first = tasks[stored.indexOf(true)];
    expect(await work.findByKey('key-1')).toEqual({
      task_id: first?.task_id,
      worker_instance: 'aaaaaaaa',
      body_hash: first?.bodyHash,
    });
    expect(await work.findByKey('key-2')).toBeUndefined();
  });
});

describe('batches of several workers', () => {
  it('with the same keys in another order do not wait for each other in a circle', async () => {
    const raw = new pg.Pool({ connectionString: database.url, max: 4 });
    // As it is without another try.
    const pool = {
      query: (text: string, values: unknown[]) => raw.query(text, values),
    } as unknown as TaskDatabase['pool'];
    const stores = ['aaaaaaaa', 'bbbbbbbb'].map((instance) => new WorkStore(pool, instance));
    try {
      for (let round = 0; round < 5; round++) {
        const keys = Array.from({ length: 500 }, (_, n) => `${round} ${n}`);
        const all = [keys, keys.toReversed()].flatMap((inOrder, index) =>
          inOrder.map((key) => stores[index]?.accept({ ...newTask({}, key, Date.now()), begins: false })),
        );
        expect((await Promise.all(all)).filter(Boolean)).toHaveLength(500);
      }
    } finally {
      await raw.end();
    }
  });
});

describe('claims', () => {
  it('take the highest priority first and then the oldest, of one worker only', async () => {
    const other = database.stores('bbbbbbbb').work;
    await enqueue(other);
    const ids: string[] = [];
    for (const priority of [0, 0, 5, -5, 5]) ids.push(await enqueue(work, { priority }));
    const expected = [2, 4, 0, 1, 3].map((index) => ids[index]);
    expect(idsOf(await work.claim(3))).toEqual(expected.slice(0, 3));
    expect(idsOf(await work.claim(3))).toEqual(expected.slice(3));
    expect(await other.claim(3)).toHaveLength(1);
  });

  it('give tasks in the order in which they are to begin, however the server has changed them', async () => {
    const { WorkStore: Store } = await import('./work-store.js');
    const row = (task_id: string, priority: number) => ({
      task_id,
      priority,
      attempt: 1,
      payload: {},
      failures: 0,
      transaction: '7',
    });
    const rows = [row('c', 0), row('b', 5), row('d', 5), row('a', -1)];
    const disordered = { query: async () => ({ rows }) } as unknown as TaskDatabase['pool'];
    const claimed = await new Store(disordered, 'aaaaaaaa').claim(4);
    expect(claimed).toEqual(
      ['b', 'd', 'c', 'a'].map((task_id) => ({ task_id, attempt: 1, payload: {}, failures: 0 })),
    );
  });

  it('leave what is delayed until it is due; then its priority counts', async () => {
    const run_at = new Date(Date.now() + 60_000).toISOString();
    const later = await enqueue(work, { run_at, priority: 1000 });
    const past = await enqueue(work, { run_at: '2020-01-01T00:00:00Z' });
    expect(await work.promoteDue()).toBe(false);
    expect(idsOf(await work.claim(5))).toEqual([past]);
    expect(await read(later)).toMatchObject({ status: 'queued', run_at, priority: 1000 });
    await Promise.all(Array.from({ length: 999 }, () => enqueue(work, { run_at, priority: 999 })));
    await database.pool.query(
      `UPDATE tasks SET run_at = now() - CASE priority WHEN 1000 THEN interval '1 s' ELSE interval '1 min' END
       WHERE run_at IS NOT NULL`,
    );
    const earlier = await enqueue(work);
    expect(await work.promoteDue()).toBe(true);
    expect(await work.promoteDue()).toBe(false);
    expect(idsOf(await work.claim(1))).toEqual([later]);
    const others = idsOf(await work.claim(2_000));
    expect([others.length, others.at(-1)]).toEqual([1_000, earlier]);
  });

  it('give each task to one claimant', async () => {
    await Promise.all(Array.from({ length: 40 }, () => enqueue(work)));
    const claims = await Promise.all(Array.from({ length: 5 }, () => work.claim(10)));
    const ids = idsOf(claims.flat());
    expect([new Set(ids).size, ids.length]).toEqual([40, 40]);
  });
});

describe('the count of what waits', () => {
  const count = ({ queue: { ready, delayed } }: WorkStore) => ({ ready, delayed });

  it('follows everything that is done here', async () => {
    const own = database.stores('cccccccc').work;
    await Promise.all([1, 2, 3].map(() => enqueue(own)));
    await enqueue(own, { run_at: '2100-01-01T00:00:00Z' }, 'key');
    expect(await own.accept({ ...newTask({}, 'key', Date.now()), begins: false })).toBe(false);
    await own.accept({ ...newTask({}, undefined, Date.now()), begins: true });
    expect(count(own)).toEqual({ ready: 3, delayed: 1 });
    const [first, second] = await own.claim(2);
    if (first === undefined || second === undefined) throw new Error('nothing to claim');
    expect(count(own)).toEqual({ ready: 1, delayed: 1 });
    await own.finish(first, { status: 'queued', error: 'later', delayMs: 60_000 });
    await own.finish(first, { status: 'queued', error: 'later', delayMs: 60_000 });
    await own.finish(second, { status: 'completed', json: '1' });
    expect(count(own)).toEqual({ ready: 1, delayed: 2 });
    await database.pool.query('UPDATE tasks SET run_at = now() WHERE run_at IS NOT NULL');
    await own.promoteDue();
    expect(count(own)).toEqual({ ready: 3, delayed: 0 });
  });
});

describe('putting attempts back', () => {
  it('leaves later ones, those that have ended and those of other workers alone', async () => {
    await Promise.all(Array.from({ length: 4 }, () => enqueue(work)));
    const [stray, later, ended, foreign] = await work.claim(4);
    if (stray === undefined || later === undefined || ended === undefined || foreign === undefined)
      throw new Error('nothing to claim');
    await work.finish(later, { status: 'queued', error: 'again', delayMs: 0 });
    await work.promoteDue();
    expect(await claimOne()).toMatchObject({ task_id: later.task_id, attempt: 2 });
    await work.finish(ended, { status: 'completed', json: '1' });
    await database.pool.query("UPDATE tasks SET worker_instance = 'bbbbbbbb' WHERE task_id = $1", [
      foreign.task_id,
    ]);
    await work.putBack([stray, later, ended, foreign]);
    const tasks = await Promise.all([stray, later, ended, foreign].map(({ task_id }) => read(task_id)));
    expect(tasks.map((task) => [task?.status, task?.attempt])).toEqual([
      ['queued', 1],
      ['running', 2],
      ['completed', 1],
      ['running', 1],
    ]);
  });
});

it('of what an attempt notes in one turn, the last counts', async () => {
  const task_id = await enqueue(work);
  const attempt = await claimOne();
  const notes = [0.1, 0.2, 0.3].map((progress) => work.note(attempt, progress));
  expect(await Promise.all(notes)).toEqual([true, true, true]);
  expect(await read(task_id)).toMatchObject({ progress: 0.3 });
});

describe('an attempt that is not the latest', () => {
  it('writes neither outcome nor progress', async () => {
    const task_id = await enqueue(work);
    const first = await claimOne();
    await work.note(first, 0.4);
    await work.putBack([first]);
    expect(await read(task_id)).not.toHaveProperty('progress');
    expect(await work.finish(first, { status: 'completed', json: '1' })).toBe(false);
    const second = await claimOne();
    expect(second.attempt).toBe(2);
    expect(await work.note(first, 0.9)).toBe(false);
    expect(await work.finish(first, { status: 'failed', error: 'late' })).toBe(false);
    expect(await work.finish(second, { status: 'completed', json: '2' })).toBe(true);
    expect(await work.finish(second, { status: 'completed', json: '3' })).toBe(false);
    const task = await read(task_id);
    expect(task).toMatchObject({ status: 'completed', attempt: 2, result: 2, error: null });
    expect(task).not.toHaveProperty('progress');
  });
});
