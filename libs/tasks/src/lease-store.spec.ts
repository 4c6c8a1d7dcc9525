import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTaskDatabase, type TaskDatabase } from './testing/task-database.js';
import { enqueue } from './testing/new-tasks.js';

let database: TaskDatabase;

beforeAll(async () => {
  database = await startTaskDatabase();
});
afterAll(() => database.close());
beforeEach(() => database.empty());

const read = (id: string) => database.store.get(id);
const lapse = (instance: string) =>
  database.pool.query(
    "UPDATE task_workers SET lease_until = clock_timestamp() - interval '1 ms' WHERE instance = $1",
    [instance],
  );

async function workers() {
  const [a, b] = [database.stores('aaaaaaaa', 'a'), database.stores('bbbbbbbb', 'b')];
  await a.leases.renew([], 0);
  await b.leases.renew([], 0);
  return { a, b };
}

describe('a renewal', () => {
  it('tells what waits, what the others have, and who is late', async () => {
    const { a, b } = await workers();
    await enqueue(a.work);
    await enqueue(a.work, { run_at: '2100-01-01T00:00:00Z' });
    await b.leases.renew([], 7);
    const news = { lost: [], stray: [], queued: 2, elsewhere: 7, others_lapsed: false };
    expect(await a.leases.renew([], 2)).toEqual(news);
    await lapse('bbbbbbbb');
    expect(await a.leases.renew([], 2)).toEqual({ ...news, others_lapsed: true });
    await b.leases.renew([], 7);
    expect(await a.leases.renew([], 2)).toEqual(news);
  });

  it('tells what is lost, and what runs without its knowing', async () => {
    const { a } = await workers();
    const [kept, cancelled, stray] = [await enqueue(a.work), await enqueue(a.work), await enqueue(a.work)];
    const attempts = await a.work.claim(3);
    const held = attempts.filter(({ task_id }) => task_id !== stray);
    await database.store.cancel(cancelled);
    const [lost, unknown] = [cancelled, stray].map((task_id) => ({ task_id, attempt: 1 }));
    expect(await a.leases.renew(held, 3)).toMatchObject({ lost: [lost], stray: [unknown], queued: 0 });
    // Another attempt is not meant.
    await a.work.putBack([{ task_id: stray, attempt: 2 }]);
    expect(await read(stray)).toMatchObject({ status: 'running' });
    await a.work.putBack([{ task_id: stray, attempt: 1 }]);
    const still = held.filter(({ task_id }) => task_id === kept);
    expect(await a.leases.renew(still, 2)).toMatchObject({ lost: [], stray: [], queued: 1 });
  });
});

describe('a worker that lapses', () => {
  it('loses what ran first, then what waited; what is not due stays', async () => {
    const { a, b } = await workers();
    const running = await enqueue(a.work, { n: 1 });
    await a.work.claim(1);
    const waiting = await enqueue(a.work, { n: 2, priority: 9 });
    const later = await enqueue(a.work, { run_at: '2100-01-01T00:00:00Z' });
    expect(await b.leases.takeOver(10, { lapsed: true })).toEqual([]);
    await lapse('aaaaaaaa');
    expect(await b.leases.takeOver(10, { lapsed: false })).toEqual([]);
    expect(await b.leases.takeOver(1, { lapsed: true })).toEqual([
      { task_id: running, attempt: 2, payload: { n: 1 }, failures: 0 },
    ]);
    expect(await b.leases.takeOver(10, { lapsed: true })).toEqual([
      { task_id: waiting, attempt: 1, payload: { n: 2, priority: 9 }, failures: 0 },
    ]);
    expect(await read(running)).toMatchObject({ status: 'running', attempt: 2, worker_instance: 'bbbbbbbb' });
    expect(await read(later)).toMatchObject({ status: 'queued', worker_instance: 'aaaaaaaa' });
  });

  it('can neither end nor begin what was taken from it', async () => {
    const { a, b } = await workers();
    await enqueue(a.work);
    const [first] = await a.work.claim(1);
    const waiting = await enqueue(a.work);
    await lapse('aaaaaaaa');
    const [second] = await b.leases.takeOver(2, { lapsed: true });
    if (first === undefined || second === undefined) throw new Error('no attempts');
    expect(await a.work.finish(first, { status: 'completed', json: '"stale"' })).toBe(false);
    expect(await a.work.claim(5)).toEqual([]);
    expect(await a.leases.renew([first], 1)).toMatchObject({
      lost: [{ task_id: first.task_id, attempt: 1 }],
      stray: [],
    });
    expect(await b.work.finish(second, { status: 'completed', json: '"fresh"' })).toBe(true);
    expect(await read(first.task_id)).toMatchObject({ result: 'fresh', attempt: 2 });
    expect(await read(waiting)).toMatchObject({ status: 'running', worker_instance: 'bbbbbbbb' });
  });

  it('has each task taken over by one of those who want it', async () => {
    const { a } = await workers();
    await Promise.all(Array.from({ length: 40 }, () => enqueue(a.work)));
    await a.work.claim(20);
    await lapse('aaaaaaaa');
    const others = ['b', 'c', 'd', 'e'].map((digit) => database.stores(digit.repeat(8)).leases);
    const taken = await Promise.all(others.map((leases) => leases.takeOver(10, { lapsed: true })));
    const ids = taken.flat().map(({ task_id }) => task_id);
    expect([new Set(ids).size, ids.length]).toEqual([40, 40]);
  });
});

it('a task that was running when 20 workers were lost fails, and can be redriven', async () => {
  const { a, b } = await workers();
  const task_id = await enqueue(a.work);
  await a.work.claim(1);
  await database.pool.query('UPDATE tasks SET interruptions = 20');
  await lapse('aaaaaaaa');
  expect(await b.leases.takeOver(1, { lapsed: true })).toEqual([]);
  expect(await read(task_id)).toMatchObject({
    status: 'failed',
    error: 'Too many workers were lost while they ran this task',
  });
  expect(await database.store.redrive(task_id, 'bbbbbbbb')).toMatchObject({ changed: true });
  expect(await b.work.claim(1)).toMatchObject([{ task_id, attempt: 3 }]);
});

it('a worker that ends leaves its tasks to others at once', async () => {
  const { a, b } = await workers();
  const task_id = await enqueue(a.work);
  await a.work.claim(1);
  await a.leases.end();
  expect(await read(task_id)).toMatchObject({ status: 'queued', started_at: null });
  expect(await b.leases.renew([], 0)).toMatchObject({ others_lapsed: true });
  expect(await b.leases.takeOver(1, { lapsed: false })).toMatchObject([{ task_id, attempt: 2 }]);
});

it('a worker that starts under the name of another takes over what that one had, at once', async () => {
  const { a } = await workers();
  const task_id = await enqueue(a.work);
  await a.work.claim(1);
  const again = database.stores('cccccccc', 'a');
  await again.leases.replacePredecessors();
  await again.leases.renew([], 0);
  expect(await again.leases.takeOver(1, { lapsed: false })).toMatchObject([{ task_id, attempt: 2 }]);
});

it('a worker that is gone is forgotten once it has left nothing', async () => {
  const { a, b } = await workers();
  await enqueue(a.work, { run_at: '2100-01-01T00:00:00Z' });
  await database.pool.query("UPDATE task_workers SET lease_until = now() - interval '2 min'");
  await b.leases.forgetGone();
  const { rows } = await database.pool.query('SELECT instance FROM task_workers');
  expect(rows).toEqual([{ instance: 'aaaaaaaa' }]);
});
