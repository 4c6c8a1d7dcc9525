import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OrphanStore } from './orphan-store.js';
import { startTaskDatabase, type TaskDatabase } from './testing/task-database.js';
import { enqueue } from './testing/new-tasks.js';
import { lapse, twoWorkers } from './testing/two-workers.js';

let database: TaskDatabase;

beforeAll(async () => {
  database = await startTaskDatabase();
});
afterAll(() => database.close());
beforeEach(() => database.empty());

const ONE = {
  ready: 1,
  delayed: 0,
  count: 1,
  cut_off: [],
  transaction: expect.any(Number) as unknown,
};
const NOTHING = { ...ONE, ready: 0, count: 0 };

const read = (id: string) => database.store.get(id);
/** Everybody has had a lease without a gap for as long as it takes. */
const steady = (agoMs = 3_001) =>
  database.pool.query("UPDATE task_workers SET steady_since = clock_timestamp() - $1 * interval '1 ms'", [
    agoMs,
  ]);

async function workers() {
  const both = await twoWorkers(database);
  await steady();
  return both;
}

describe('a worker that lapses', () => {
  it('loses what ran first, then what is ready, and what is delayed as well', async () => {
    const { a, b } = await workers();
    const running = await enqueue(a.work, { n: 1 });
    await a.work.claim(1);
    const ready = await enqueue(a.work, { n: 2, priority: 9 });
    const later = await enqueue(a.work, { run_at: '2100-01-01T00:00:00Z' });
    expect(await b.orphans.adopt(10, 0)).toEqual(NOTHING);
    await lapse(database, 'aaaaaaaa');
    expect(await b.orphans.adopt(1, 0)).toEqual({ ...ONE, cut_off: [running] });
    expect(await read(running)).toMatchObject({
      status: 'queued',
      attempt: 1,
      worker_instance: 'bbbbbbbb',
      started_at: null,
    });
    expect(await b.orphans.adopt(1, 0)).toEqual(ONE);
    expect(await read(ready)).toMatchObject({ status: 'queued', worker_instance: 'bbbbbbbb' });
    expect(await b.orphans.adopt(10, 0)).toEqual({ ...ONE, ready: 0, delayed: 1 });
    expect(await read(later)).toMatchObject({
      worker_instance: 'bbbbbbbb',
      run_at: '2100-01-01T00:00:00.000Z',
    });
    expect(await b.work.claim(10)).toEqual([
      { task_id: ready, attempt: 1, payload: { n: 2, priority: 9 }, failures: 0 },
      { task_id: running, attempt: 2, payload: { n: 1 }, failures: 0 },
    ]);
  });

  it('loses nothing before it has been gone for as long as it must', async () => {
    const { a, b } = await workers();
    await enqueue(a.work);
    await lapse(database, 'aaaaaaaa', 59_000);
    expect(await b.orphans.adopt(10, 60_000)).toMatchObject({ count: 0 });
    await lapse(database, 'aaaaaaaa', 60_001);
    expect(await b.orphans.adopt(10, 60_000)).toMatchObject({ count: 1 });
  });

  it('loses nothing to one who was kept from the database itself, until that is long enough ago', async () => {
    const { a, b } = await workers();
    await enqueue(a.work);
    await lapse(database, 'aaaaaaaa');
    // With so little left of its own lease, the other may merely have come first after an outage.
    await lapse(database, 'bbbbbbbb', -900);
    expect(await b.orphans.adopt(10, 0)).toEqual(NOTHING);
    await b.leases.renew([], 0);
    expect(await b.orphans.adopt(10, 0)).toEqual(NOTHING);
    await steady(2_000);
    expect(await b.orphans.adopt(10, 0)).toEqual(NOTHING);
    await steady();
    await lapse(database, 'bbbbbbbb', -1_500);
    await b.leases.renew([], 0);
    expect(await b.orphans.adopt(10, 0)).toEqual(ONE);
  });

  it('can neither end nor begin what was taken from it', async () => {
    const { a, b } = await workers();
    await enqueue(a.work);
    const [first] = await a.work.claim(1);
    const waiting = await enqueue(a.work);
    await lapse(database, 'aaaaaaaa');
    expect(await b.orphans.adopt(2, 0)).toMatchObject({ count: 2 });
    if (first === undefined) throw new Error('no attempt');
    expect(await a.work.finish(first, { status: 'completed', json: '"stale"' })).toBe(false);
    expect(await a.work.claim(5)).toEqual([]);
    expect(await a.leases.renew([first], 1)).toMatchObject({
      lost: [{ task_id: first.task_id, attempt: 1 }],
      stray: [],
    });
    const [second] = await b.work.claim(1);
    if (second === undefined) throw new Error('no attempt');
    expect(await b.work.finish(second, { status: 'completed', json: '"fresh"' })).toBe(true);
    expect(await a.work.finish(first, { status: 'completed', json: '"stale"' })).toBe(false);
    expect(await read(first.task_id)).toMatchObject({ result: 'fresh', attempt: 2 });
    expect(await read(waiting)).toMatchObject({ status: 'queued', worker_instance: 'bbbbbbbb' });
  });

  it('has each task adopted by one of those who want it', async () => {
    const { a } = await workers();
    await Promise.all(Array.from({ length: 40 }, () => enqueue(a.work)));
    await a.work.claim(20);
    await lapse(database, 'aaaaaaaa');
    const others = ['b', 'c', 'd', 'e'].map((digit) => database.stores(digit.repeat(8)));
    await Promise.all(others.map(({ leases }) => leases.renew([], 0)));
    await steady();
    const adopted = await Promise.all(others.map(({ orphans }) => orphans.adopt(10, 0)));
    expect(adopted.map(({ count }) => count)).toEqual([10, 10, 10, 10]);
    const claimed = await Promise.all(others.map(({ work }) => work.claim(40)));
    expect(claimed.map((attempts) => attempts.length)).toEqual([10, 10, 10, 10]);
  });
});

describe('a task that was running when its worker was lost', () => {
  const losses = async () => (await database.pool.query('SELECT interruptions, failures FROM tasks')).rows;
  const lose = async (adopter: Awaited<ReturnType<typeof workers>>['b'], lost: string, by: string) => {
    await lapse(database, lost);
    await steady();
    expect(await adopter.orphans.adopt(1, 0)).toMatchObject({ count: 1 });
    await database.stores(lost).leases.renew([], 0);
    expect((await database.store.list({ limit: 1 })).tasks[0]?.worker_instance).toBe(by);
  };

  it('is begun alone from the second time in a row on, and fails at the third; then it can be redriven', async () => {
    const { a, b } = await workers();
    const task_id = await enqueue(a.work);
    expect(await a.work.claim(1)).toEqual([{ task_id, attempt: 1, payload: {}, failures: 0 }]);
    await lose(b, 'aaaaaaaa', 'bbbbbbbb');
    expect(await b.work.claim(1)).toEqual([{ task_id, attempt: 2, payload: {}, failures: 0 }]);
    await lose(a, 'bbbbbbbb', 'aaaaaaaa');
    expect(await a.work.claim(1)).toEqual([{ task_id, attempt: 3, payload: {}, failures: 0, alone: true }]);
    expect(await losses()).toEqual([{ interruptions: 2, failures: 0 }]);
    await lapse(database, 'aaaaaaaa');
    await steady();
    expect(await b.orphans.adopt(1, 0)).toEqual({ ...ONE, ready: 0, cut_off: [task_id] });
    expect(await read(task_id)).toMatchObject({
      status: 'failed',
      error:
        'The worker was lost each of the last 3 times that it ran this task, the last time with no other task beside it; mend what ends it, then redrive the task',
    });
    expect(await database.store.redrive(task_id, 'bbbbbbbb')).toMatchObject({ changed: true });
    expect(await b.work.claim(1)).toEqual([{ task_id, attempt: 4, payload: {}, failures: 0 }]);
  });

  it('is no suspect any more once an attempt of it has ended by itself', async () => {
    const { a } = await workers();
    await enqueue(a.work);
    await database.pool.query('UPDATE tasks SET interruptions = 2');
    const [attempt] = await a.work.claim(1);
    if (attempt === undefined) throw new Error('no attempt');
    await a.work.finish(attempt, { status: 'queued', error: 'no luck', delayMs: 0 });
    expect(await losses()).toEqual([{ interruptions: 0, failures: 1 }]);
  });

  it('may be so for as long as its worker is told', async () => {
    const { a } = await workers();
    const task_id = await enqueue(a.work);
    await a.work.claim(1);
    await database.pool.query('UPDATE tasks SET interruptions = 4');
    await lapse(database, 'aaaaaaaa');
    await steady();
    const patient = new OrphanStore(database.pool, { instance: 'bbbbbbbb', name: 'b' }, 6);
    expect(await patient.adopt(1, 0)).toMatchObject({ count: 1 });
    expect(await read(task_id)).toMatchObject({ status: 'queued', error: null });
  });

  it('because of one of its neighbours loses nothing when that is known', async () => {
    const { a, b } = await workers();
    const ids = [await enqueue(a.work), await enqueue(a.work)];
    const [culprit] = await a.work.claim(2);
    await database.pool.query('UPDATE tasks SET interruptions = 2');
    await a.leases.end(culprit);
    expect(await read(ids[0] ?? '')).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('each of the last 3 times') as string,
    });
    await steady(0);
    expect(await b.orphans.adopt(10, 0)).toEqual(ONE);
    expect(await read(ids[1] ?? '')).toMatchObject({
      status: 'queued',
      error: null,
      worker_instance: 'bbbbbbbb',
    });
    const { rows } = await database.pool.query('SELECT interruptions FROM tasks ORDER BY task_id');
    expect(rows).toEqual([{ interruptions: 3 }, { interruptions: 2 }]);
  });
});

it('a worker that ends leaves its tasks to others at once', async () => {
  const { a, b } = await workers();
  const task_id = await enqueue(a.work);
  for (const attempt of await a.work.claim(1)) await a.work.note(attempt, 0.5);
  await a.leases.end();
  const ended = await read(task_id);
  expect(ended).toMatchObject({ status: 'queued', started_at: null });
  expect(ended).not.toHaveProperty('progress');
  await steady(0);
  expect(await b.orphans.adopt(1, 0)).toEqual(ONE);
});

it('a worker that starts under the name of another adopts what that one had, before anybody else', async () => {
  const { a, b } = await workers();
  const task_id = await enqueue(a.work);
  await a.work.claim(1);
  const again = database.stores('cccccccc', 'a');
  await again.leases.replacePredecessors();
  await again.leases.renew([], 0);
  expect(await b.orphans.adopt(10, 60_000)).toMatchObject({ count: 0 });
  expect(await again.orphans.adopt(10)).toEqual({ ...ONE, cut_off: [task_id] });
});

it('what belongs to a worker that nobody knows is adopted like that of one who has ended', async () => {
  const { a, b } = await workers();
  const own = await enqueue(a.work);
  const unknown = database.stores('ffffffff');
  const ids = [await enqueue(unknown.work), await enqueue(unknown.work, { run_at: '2100-01-01T00:00:00Z' })];
  await unknown.work.claim(1);
  expect(await b.orphans.adopt(10, 0)).toEqual(NOTHING);
  await b.orphans.noteUnknown();
  await b.orphans.noteUnknown();
  expect(await b.orphans.adopt(10, 0)).toEqual({ ...ONE, delayed: 1, count: 2, cut_off: [ids[0]] });
  expect(await read(own)).toMatchObject({ worker_instance: 'aaaaaaaa' });
});

it('a worker that is gone is forgotten once it has left nothing', async () => {
  const { a, b } = await workers();
  await enqueue(a.work, { run_at: '2100-01-01T00:00:00Z' });
  await database.pool.query("UPDATE task_workers SET lease_until = now() - interval '2 min'");
  await b.orphans.forgetGone();
  const { rows } = await database.pool.query('SELECT instance FROM task_workers');
  expect(rows).toEqual([{ instance: 'aaaaaaaa' }]);
});
