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
  const { url, pool } = database;
  const events = new TaskEvents({ url, pool, instance, ...options });
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

const textOf = (json: readonly Buffer[]) => Buffer.concat(json).toString();

/** Gathers what is told of a task, until it is told no more. */
function watch(events: TaskEvents, taskId: string, signal = new AbortController().signal) {
  const seen: Task[] = [];
  const ended = (async () => {
    for await (const { json } of events.watch(taskId, signal)) seen.push(JSON.parse(textOf(json)) as Task);
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

describe('a state', () => {
  it('is the task as it is read, in one line of JSON, whatever is in it', async () => {
    const events = await listen('aaaaaaaa');
    const payload = { text: '\u0000\n"\u2028 \ud83d\ude00', run_at: '2099-01-01T00:00:00Z', priority: 3 };
    const id = await enqueue(work, payload);
    const leave = new AbortController();
    for await (const { task_id, status, json } of events.watch(id, leave.signal)) {
      expect([task_id, status]).toEqual([id, 'queued']);
      expect(textOf(json)).toBe(JSON.stringify(await database.store.get(id)));
      leave.abort();
    }
    const done = await enqueue(work, {});
    const [attempt] = await work.claim(1);
    if (attempt === undefined) throw new Error('nothing to claim');
    await work.finish(attempt, { status: 'completed', json: '[ 1,\n 2]' });
    for await (const { json } of events.watch(done, new AbortController().signal)) {
      expect(textOf(json).split('\n')).toHaveLength(1);
      expect(JSON.parse(textOf(json))).toEqual(await database.store.get(done));
    }
  });

  it('is made once for all watchers, and its payload once for all states', async () => {
    const events = await listen('aaaaaaaa');
    const id = await enqueue(work, { text: 'x'.repeat(900_000) });
    let watching = 0;
    const told = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const states: (readonly Buffer[])[] = [];
        for await (const { json } of events.watch(id, new AbortController().signal)) {
          states.push(json);
          if (states.length === 1 && ++watching === 50) void cancel();
        }
        return states;
      }),
    );
    const pieces = told.map((states) => [states[0], states.at(-1)].flat());
    const large = new Set(pieces.flat().filter((piece) => piece !== undefined && piece.length > 10_000));
    expect(large.size).toBe(1);
    expect(new Set(told.map((states) => states.at(-1))).size).toBe(1);

    async function cancel() {
      await database.store.cancel(id);
      events.publish(id);
    }
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
