import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Snapshot } from './snapshot.js';
import { startTaskDatabase, type TaskDatabase } from './testing/task-database.js';
import { enqueue } from './testing/new-tasks.js';
import { lapse, twoWorkers } from './testing/two-workers.js';

let database: TaskDatabase;

beforeAll(async () => {
  database = await startTaskDatabase();
});
afterAll(() => database.close());
beforeEach(() => database.empty());

const read = (id: string) => database.store.get(id);
const workers = () => twoWorkers(database);

/** What a worker hears that has nothing to do. */
const QUIET = {
  lost: [],
  stray: [],
  ready: 0,
  delayed: 0,
  due: false,
  elsewhere: 0,
  others_gone: false,
  now: expect.any(Number) as number,
  snapshot: expect.any(Snapshot) as unknown,
};

describe('a renewal', () => {
  it('tells what waits, and what the others say that they have', async () => {
    const { a, b } = await workers();
    await enqueue(a.work);
    await enqueue(a.work, { run_at: '2100-01-01T00:00:00Z' });
    await b.leases.renew([], 7);
    expect(await a.leases.renew([], 2)).toEqual({ ...QUIET, ready: 1, delayed: 1, elsewhere: 7 });
    await database.pool.query("UPDATE tasks SET run_at = now() - interval '1 s' WHERE run_at IS NOT NULL");
    expect(await a.leases.renew([], 2)).toMatchObject({ ready: 1, delayed: 1, due: true });
  });

  it('counts itself what those have left that are gone, whatever they said last', async () => {
    const { a, b } = await workers();
    await b.leases.renew([], 50_000);
    const tasks = [{}, {}, { run_at: '2100-01-01T00:00:00Z' }];
    for (const payload of tasks) await enqueue(b.work, payload);
    await b.work.claim(1);
    await lapse(database, 'bbbbbbbb');
    expect(await a.leases.renew([], 0)).toEqual({ ...QUIET, elsewhere: 3, others_gone: true });
    await b.leases.renew([], 50_000);
    expect(await a.leases.renew([], 0)).toEqual({ ...QUIET, elsewhere: 50_000 });
    await b.leases.end();
    expect(await a.leases.renew([], 0)).toEqual({ ...QUIET, elsewhere: 3, others_gone: true });
  });

  it('tells what is lost, and what runs without its knowing', async () => {
    const { a } = await workers();
    const [kept, cancelled, stray] = [await enqueue(a.work), await enqueue(a.work), await enqueue(a.work)];
    const attempts = await a.work.claim(3);
    const held = attempts.filter(({ task_id }) => task_id !== stray);
    await database.store.cancel(cancelled);
    const [lost, unknown] = [cancelled, stray].map((task_id) => ({ task_id, attempt: 1 }));
    expect(await a.leases.renew(held, 3)).toMatchObject({ lost: [lost], stray: [unknown], ready: 0 });
    // Another attempt is not meant.
    await a.work.putBack([{ task_id: stray, attempt: 2 }]);
    expect(await read(stray)).toMatchObject({ status: 'running' });
    await a.work.putBack([{ task_id: stray, attempt: 1 }]);
    const still = held.filter(({ task_id }) => task_id === kept);
    expect(await a.leases.renew(still, 2)).toMatchObject({ lost: [], stray: [], ready: 1 });
  });
});
