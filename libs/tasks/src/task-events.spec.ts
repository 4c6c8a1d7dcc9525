import type { Task } from '@balanza/contracts';
import { eventually } from '@balanza/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TooManyWatchersError } from './errors.js';
import { TaskEvents, type TaskEventsOptions } from './task-events.js';
import { startTaskDatabase, type TaskDatabase } from './testing/task-database.js';
import { enqueue } from './testing/new-tasks.js';
import type { WorkStore } from './work-store.js';

let database: TaskDatabase;
let work: WorkStore;
const open: TaskEvents[] = [];

beforeAll(async () => {
  database = await startTaskDatabase();
  ({ work } = database.stores('aaaaaaaa'));
});
afterAll(() => database.close());
beforeEach(() => database.empty());
afterEach(async () => {
  await Promise.all(open.splice(0).map((events) => events.stop()));
});

async function listen(instance: string, options: Partial<TaskEventsOptions> = {}): Promise<TaskEvents> {
  const { url, pool, store } = database;
  const events = new TaskEvents({ url, pool, store, instance, ...options });
  open.push(events);
  const before = await listeners();
  events.start();
  await eventually(async () => expect(await listeners()).toBe(before + 1));
  return events;
}

async function listeners(): Promise<number> {
  const { rows } = await database.pool.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM pg_stat_activity WHERE query LIKE 'LISTEN %' AND state = 'idle'",
  );
  return rows[0]?.count ?? 0;
}

/** Gathers what is told of a task, until it is told no more. */
function watch(events: TaskEvents, taskId: string, signal = new AbortController().signal) {
  const seen: Task[] = [];
  const ended = (async () => {
    for await (const task of events.watch(taskId, signal)) seen.push(task);
  })();
  return { ended, states: () => seen.map(({ status, attempt, progress }) => [status, attempt, progress]) };
}

describe('whoever watches a task', () => {
  it('is told what it is and what it becomes, through another process, until it has ended', async () => {
    const [here, there] = [await listen('aaaaaaaa'), await listen('bbbbbbbb')];
    const id = await enqueue(work);
    const watches = [watch(here, id), watch(there, id), watch(there, id)];
    const all = (states: unknown[]) =>
      eventually(
        () => expect(watches.map(({ states: seen }) => seen())).toEqual(watches.map(() => states)),
        4_000,
      );
    const told: unknown[] = [['queued', 0, undefined]];
    await all(told);

    const [attempt] = await work.claim(1);
    if (attempt === undefined) throw new Error('nothing to claim');
    here.publish(id);
    await all([...told, ['running', 1, undefined]]);

    await work.note(attempt, 0.5);
    here.publish(id);
    await all([...told, ['running', 1, undefined], ['running', 1, 0.5]]);

    await work.finish(attempt, { status: 'completed', json: '1' });
    here.publish(id);
    await Promise.all(watches.map(({ ended }) => ended));
    expect(watches[0]?.states().at(-1)).toEqual(['completed', 1, 0.5]);
  });

  it('of a task that has ended is told that, and of none nothing', async () => {
    const events = await listen('aaaaaaaa');
    const id = await enqueue(work);
    await database.store.cancel(id);
    const ended = watch(events, id);
    await ended.ended;
    expect(ended.states()).toEqual([['cancelled', 0, undefined]]);
    const unknown = watch(events, '00000000-0000-4000-8000-000000000000');
    await unknown.ended;
    expect(unknown.states()).toEqual([]);
  });

  it('learns what happened while the connection that listens was broken', async () => {
    const events = await listen('aaaaaaaa');
    const id = await enqueue(work);
    const watched = watch(events, id);
    await eventually(() => expect(watched.states()).toHaveLength(1));
    await database.server.stop();
    await database.server.start();
    await eventually(() => database.store.cancel(id));
    await watched.ended;
    expect(watched.states().at(-1)).toEqual(['cancelled', 0, undefined]);
  });

  it('may leave, and makes room for another', async () => {
    const events = await listen('aaaaaaaa', { maxWatchers: 1 });
    const id = await enqueue(work);
    const leave = new AbortController();
    const first = watch(events, id, leave.signal);
    await eventually(() => expect(first.states()).toHaveLength(1));
    await expect(watch(events, id).ended).rejects.toBeInstanceOf(TooManyWatchersError);
    leave.abort();
    await first.ended;
    const second = watch(events, id, AbortSignal.timeout(50));
    await second.ended;
    expect(second.states()).toHaveLength(1);
  });
});

it('a process hears of what others have changed, and not of what it has changed itself', async () => {
  const heard: string[] = [];
  const [here, there] = [await listen('aaaaaaaa'), await listen('bbbbbbbb')];
  here.onForeign((id) => heard.push(id));
  const ids = Array.from({ length: 450 }, (_, n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);
  here.publish('own');
  for (const id of ids) there.publish(id);
  await eventually(() => expect(heard).toEqual(ids));
});
