import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TaskStore } from './task-store.js';
import { startTaskDatabase, type TaskDatabase } from './testing/task-database.js';

let database: TaskDatabase;
let store: TaskStore;

beforeAll(async () => {
  database = await startTaskDatabase();
  ({ store } = database);
});
afterAll(() => database.close());
beforeEach(() => database.empty());

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown;
const UUID = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as unknown;

async function claimOne() {
  const [attempt] = await store.claim('a', 'bbbbbbbb', 1);
  if (attempt === undefined) throw new Error('nothing to claim');
  return attempt;
}

describe('a task', () => {
  it('is queued, runs and completes', async () => {
    const task_id = await store.accept('a', 'aaaaaaaa', { n: 1 });
    const queued = {
      task_id: UUID,
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
    expect(await store.get(task_id)).toEqual(queued);

    const attempt = await claimOne();
    expect(attempt).toEqual({ task_id, attempt: 1, payload: { n: 1 } });
    const running = {
      ...queued,
      status: 'running',
      attempt: 1,
      worker_instance: 'bbbbbbbb',
      started_at: TIME,
    };
    expect(await store.get(task_id)).toEqual(running);

    expect(await store.finish(attempt, { status: 'completed', result: { m: [2] } })).toBe(true);
    expect(await store.get(task_id)).toEqual({
      ...running,
      status: 'completed',
      finished_at: TIME,
      result: { m: [2] },
    });
  });

  it('fails with its error, even one that text cannot hold as it is', async () => {
    const task_id = await store.accept('a', 'aaaaaaaa', {});
    await store.finish(await claimOne(), { status: 'failed', error: 'no\0good' });
    expect(await store.get(task_id)).toMatchObject({
      status: 'failed',
      result: null,
      error: 'no\u{FFFD}good',
    });
  });

  const deep = JSON.parse(`${'{"a":'.repeat(90)}1${'}'.repeat(90)}`) as Record<string, unknown>;
  it.each([[{ nul: '\0', lone: '\ud800', text: 'ñ 🦉 "\\' }], [deep], [{ '': [null, 1e300, -0.5, true] }]])(
    'keeps its payload as it was sent: %j',
    async (payload) => {
      const task_id = await store.accept('a', 'aaaaaaaa', payload);
      expect((await store.get(task_id))?.payload).toEqual(payload);
    },
  );

  it('that is unknown is undefined', async () => {
    expect(await store.get('00000000-0000-4000-8000-000000000000')).toBeUndefined();
  });
});

describe('claims', () => {
  it('take the oldest first, of one owner only', async () => {
    await store.accept('other', 'cccccccc', {});
    const ids = [];
    for (let n = 0; n < 3; n++) ids.push(await store.accept('a', 'aaaaaaaa', { n }));
    expect((await store.claim('a', 'aaaaaaaa', 2)).map(({ task_id }) => task_id)).toEqual(ids.slice(0, 2));
    expect(await store.countQueued('a')).toBe(1);
    expect(await store.countQueued('other')).toBe(1);
  });

  it('give each task to one claimant', async () => {
    await Promise.all(Array.from({ length: 40 }, (_, n) => store.accept('a', 'aaaaaaaa', { n })));
    const claims = await Promise.all(Array.from({ length: 5 }, () => store.claim('a', 'aaaaaaaa', 10)));
    const ids = claims.flat().map(({ task_id }) => task_id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('an attempt that was superseded', () => {
  it('cannot write its outcome', async () => {
    const task_id = await store.accept('a', 'aaaaaaaa', {});
    const first = await claimOne();
    await store.release('a');
    expect(await store.finish(first, { status: 'completed', result: 1 })).toBe(false);
    const second = await claimOne();
    expect(second.attempt).toBe(2);
    expect(await store.finish(first, { status: 'completed', result: 1 })).toBe(false);
    expect(await store.finish(second, { status: 'completed', result: 2 })).toBe(true);
    expect(await store.get(task_id)).toMatchObject({ status: 'completed', attempt: 2, result: 2 });
  });

  it('is not released while its owner says that it is alive', async () => {
    const task_id = await store.accept('a', 'aaaaaaaa', {});
    await claimOne();
    await store.release('a', [task_id]);
    expect(await store.get(task_id)).toMatchObject({ status: 'running', attempt: 1 });
  });
});
