import type { Task } from '@balanza/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TaskStore } from './task-store.js';
import { startTaskDatabase, type TaskDatabase } from './testing/task-database.js';
import { enqueue } from './testing/new-tasks.js';
import type { WorkStore } from './work-store.js';

let database: TaskDatabase;
let store: TaskStore;
let work: WorkStore;

beforeAll(async () => {
  database = await startTaskDatabase();
  ({ store } = database);
  ({ work } = database.stores('aaaaaaaa'));
});
afterAll(() => database.close());
beforeEach(() => database.empty());

const UNKNOWN = '00000000-0000-4000-8000-000000000000';

async function failedTask(): Promise<string> {
  const task_id = await enqueue(work);
  const [attempt] = await work.claim(1);
  if (attempt === undefined) throw new Error('nothing to claim');
  await work.finish(attempt, { status: 'failed', error: 'no luck' });
  return task_id;
}

it('a task that is unknown is undefined, whatever is asked of it', async () => {
  expect(await store.get(UNKNOWN)).toBeUndefined();
  expect(await store.cancel(UNKNOWN)).toBeUndefined();
  expect(await store.redrive(UNKNOWN, 'aaaaaaaa')).toBeUndefined();
});

describe('a list', () => {
  it('goes from the newest to the oldest, page by page, whatever comes meanwhile', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push(await enqueue(work, { n }));
    const newest = ids.toReversed();
    const first = await store.list({ limit: 2 });
    expect(first.tasks.map(({ task_id }) => task_id)).toEqual(newest.slice(0, 2));
    await enqueue(work);
    const second = await store.list({ limit: 2, cursor: first.next_cursor ?? '' });
    expect(second.tasks.map(({ task_id }) => task_id)).toEqual(newest.slice(2, 4));
    const last = await store.list({ limit: 2, cursor: second.next_cursor ?? '' });
    expect(last).toEqual({ tasks: [await store.get(ids[0] ?? '')], next_cursor: null });
  });

  it('has fewer tasks where they are large, and all of them page by page', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 9; n++)
      ids.push(await enqueue(work, { text: n % 2 === 0 ? 'x'.repeat(1_048_000) : 'ñ'.repeat(524_000) }));
    const error = '\u0001'.repeat(10_000);
    for (const attempt of await work.claim(2)) await work.finish(attempt, { status: 'failed', error });
    const pages: Task[][] = [];
    let cursor: string | undefined;
    do {
      const page = await store.list({ limit: 200, ...(cursor === undefined ? {} : { cursor }) });
      expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThanOrEqual(4 * 1024 * 1024 + 100);
      pages.push([...page.tasks]);
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    expect(pages.map(({ length }) => length)).toEqual([4, 3, 2]);
    expect(pages.flat().map(({ task_id }) => task_id)).toEqual(ids.toReversed());
  });

  it('has a task also that is more than an answer should be', async () => {
    const [older, huge] = [await enqueue(work), await enqueue(work)];
    await database.pool.query(`UPDATE tasks SET result = to_json(repeat('x', 5000000)) WHERE task_id = $1`, [
      huge,
    ]);
    const first = await store.list({ limit: 2 });
    expect([first.tasks.map(({ task_id }) => task_id), first.next_cursor]).toEqual([[huge], huge]);
    const second = await store.list({ limit: 2, cursor: huge });
    expect([second.tasks.map(({ task_id }) => task_id), second.next_cursor]).toEqual([[older], null]);
  });

  it.each(['queued', 'running', 'completed', 'failed', 'cancelled'] as const)(
    'of those that are %s has no others',
    async (status) => {
      const ids = {
        failed: await failedTask(),
        completed: await enqueue(work),
        running: await enqueue(work),
        queued: await enqueue(work),
        cancelled: await enqueue(work),
      };
      const attempts = await work.claim(2);
      if (attempts[0] !== undefined) await work.finish(attempts[0], { status: 'completed', json: '1' });
      await store.cancel(ids.cancelled);
      const { tasks } = await store.list({ status, limit: 10 });
      expect(tasks.map((task) => [task.status, task.task_id])).toEqual([[status, ids[status]]]);
    },
  );
});

describe('cancelling', () => {
  it('ends a task that waits, for good', async () => {
    const task_id = await enqueue(work);
    expect(await store.cancel(task_id)).toEqual({
      changed: true,
      task: expect.objectContaining({
        status: 'cancelled',
        finished_at: expect.any(String) as unknown,
      }) as unknown,
    });
    expect(await work.claim(1)).toEqual([]);
    expect(await store.cancel(task_id)).toMatchObject({ changed: false, task: { status: 'cancelled' } });
  });

  it('ends a task that runs, whose attempt writes nothing more', async () => {
    const task_id = await enqueue(work);
    const [attempt] = await work.claim(1);
    expect(await store.cancel(task_id)).toMatchObject({ changed: true });
    expect(attempt && (await work.finish(attempt, { status: 'completed', json: '1' }))).toBe(false);
    expect(await store.get(task_id)).toMatchObject({ status: 'cancelled', result: null });
  });

  it('leaves a task that has ended as it is', async () => {
    const task_id = await failedTask();
    expect(await store.cancel(task_id)).toMatchObject({ changed: false, task: { status: 'failed' } });
  });
});

describe('redriving', () => {
  it('gives a failed task all its retries again, in attempts that count on', async () => {
    const task_id = await failedTask();
    expect(await store.redrive(task_id, 'bbbbbbbb')).toMatchObject({
      changed: true,
      task: { status: 'queued', error: null, finished_at: null, worker_instance: 'bbbbbbbb', attempt: 1 },
    });
    expect(await database.stores('bbbbbbbb').work.claim(1)).toEqual([
      { task_id, attempt: 2, payload: {}, failures: 0 },
    ]);
    expect(await store.redrive(task_id, 'bbbbbbbb')).toMatchObject({
      changed: false,
      task: { status: 'running' },
    });
  });
});

describe('the clean-up', () => {
  it('deletes what ended long enough ago, failed tasks later, and nothing else', async () => {
    const failed = await failedTask();
    const [cancelled, waiting] = [await enqueue(work), await enqueue(work)];
    await store.cancel(cancelled);
    const later = async (age: string) =>
      database.pool.query(
        `UPDATE tasks SET created_at = created_at - $1::interval, finished_at = finished_at - $1::interval`,
        [age],
      );
    const deleted = async () => [
      await store.deleteEnded('cancelled', 3_600, 10),
      await store.deleteEnded('failed', 7_200, 10),
    ];
    expect(await deleted()).toEqual([0, 0]);
    await later('61 min');
    expect(await deleted()).toEqual([1, 0]);
    await later('61 min');
    expect(await deleted()).toEqual([0, 1]);
    const left = await Promise.all([failed, cancelled, waiting].map((id) => store.get(id)));
    expect(left.map((task) => task?.status)).toEqual([undefined, undefined, 'queued']);
  });

  it('deletes at most as many as it may, those first that ended first', async () => {
    const ids = [await failedTask(), await failedTask(), await failedTask()];
    expect(await store.deleteEnded('failed', 0, 2)).toBe(2);
    expect((await store.list({ limit: 10 })).tasks.map(({ task_id }) => task_id)).toEqual(ids.slice(2));
  });
});
