import { DatabaseUnavailableError, type DatabasePool } from '@balanza/postgres';
import { describe, expect, it } from 'vitest';
import { IdempotencyConflictError, QueueFullError, RunnerNotReadyError } from './errors.js';
import type { TaskRunner } from './task-runner.js';
import { accept, acceptAll, gate, idle, TaskRunners } from './testing/task-runners.js';
import { WorkStore } from './work-store.js';

const runners = new TaskRunners();

describe('a task runner', () => {
  it('runs every task that it accepts, and counts those in hand', async () => {
    const counts: number[] = [];
    const runner: TaskRunner = await runners.start({ onChange: () => counts.push(runner?.activeTasks ?? 0) });
    const ids = await acceptAll(runner, 50);
    await idle(runner);
    expect(new Set(await runners.statuses(ids))).toEqual(new Set(['completed']));
    expect(Math.max(...counts)).toBeGreaterThan(1);
    expect(counts.at(-1)).toBe(0);
  });

  it('runs no more at once than it may; the rest wait and are counted', async () => {
    const { started, open, handle } = gate();
    const runner = await runners.start({ concurrency: 3, handle });
    await acceptAll(runner, 10);
    expect([started.length, await runners.waiting()]).toEqual([3, 7]);
    expect([runner.activeTasks, runner.queuedTasks]).toEqual([10, 7]);
    open();
    await idle(runner);
    expect(started).toHaveLength(10);
  });

  it('runs what is due first by its priority', async () => {
    const { started, open, handle } = gate();
    const runner = await runners.start({ concurrency: 1, handle });
    await accept(runner);
    for (const priority of [0, 3, -3]) await accept(runner, { priority });
    open();
    await idle(runner);
    expect(started.map(({ payload }) => payload['priority'])).toEqual([undefined, 3, 0, -3]);
  });

  it('runs a delayed task not before it is due', async () => {
    const runner = await runners.start();
    const run_at = new Date(Date.now() + 1_500).toISOString();
    const id = await accept(runner, { run_at });
    expect(await runners.store.get(id)).toMatchObject({ status: 'queued', run_at });
    expect(runner.activeTasks).toBe(1);
    await runners.becomes(id, { status: 'completed' });
    const { started_at } = (await runners.store.get(id)) ?? {};
    expect(Date.parse(started_at ?? '')).toBeGreaterThanOrEqual(Date.parse(run_at));
  });

  it('refuses a task when as many wait as may, here or in total', async () => {
    const { handle } = gate();
    const runner = await runners.start({ concurrency: 1, maxQueued: 2, handle });
    const first = await accept(runner);
    const results = await Promise.allSettled([1, 2, 3].map((n) => accept(runner, { n })));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(results[2]).toMatchObject({ reason: expect.any(QueueFullError) as unknown });
    expect(await runners.waiting()).toBe(2);

    await runner.verify(first);
    const other = await runners.start({ instance: 'bbbbbbbb', maxTotal: 4, handle });
    await accept(other);
    await expect(other.accept({})).rejects.toThrow(
      'The workers have 4 tasks in hand, as many as they take together',
    );
  });

  it('accepts nothing before it has a lease', async () => {
    await expect(runners.create().accept({})).rejects.toBeInstanceOf(RunnerNotReadyError);
  });

  it('accepts a task once under one idempotency key, and refuses another body', async () => {
    const [runner, other] = [await runners.start(), await runners.start({ instance: 'bbbbbbbb' })];
    const [first, second] = [await runner.accept({ n: 1 }, 'key'), await other.accept({ n: 1 }, 'key')];
    expect(second).toEqual(first);
    expect(first.worker_instance).toBe('aaaaaaaa');
    await expect(other.accept({ n: 2 }, 'key')).rejects.toBeInstanceOf(IdempotencyConflictError);
    await idle(other);
    expect((await runners.store.list({ limit: 10 })).tasks).toHaveLength(1);
  });

  it('gives a task again that came before under its key also when there is no room for another', async () => {
    const { handle } = gate();
    const runner = await runners.start({ concurrency: 1, maxQueued: 1, handle });
    const first = await runner.accept({ n: 1 }, 'key');
    await accept(runner, { n: 2 });
    expect(await runner.accept({ n: 1 }, 'key')).toEqual(first);
    await expect(runner.accept({ n: 3 }, 'key')).rejects.toBeInstanceOf(IdempotencyConflictError);
    await expect(runner.accept({ n: 1 }, 'other')).rejects.toBeInstanceOf(QueueFullError);
    expect(runner.activeTasks).toBe(2);
  });

  it('begins a task as it is stored, also while others wait for their time', async () => {
    const statements: (string | undefined)[] = [];
    const counting = {
      query(...args: Parameters<DatabasePool['query']>) {
        statements.push(args[2]);
        return runners.database.pool.query(...args);
      },
    } as DatabasePool;
    const runner = await runners.start({ work: new WorkStore(counting, 'aaaaaaaa') });
    await accept(runner, { run_at: '2100-01-01T00:00:00Z' });
    statements.splice(0);
    const id = await accept(runner);
    await runners.becomes(id, { status: 'completed' });
    expect(statements).toEqual(['tasks-accept', 'tasks-finish']);
    expect(runner.activeTasks).toBe(1);
  });
});

describe('the count of what a runner has in hand', () => {
  it('is right again within a renewal after others have changed its queue, however busy it is', async () => {
    const { handle } = gate();
    const runner = await runners.start({ concurrency: 1, handle });
    await accept(runner);
    const ids = await acceptAll(runner, 50);
    await Promise.all(ids.slice(0, 30).map((id) => runners.store.cancel(id)));
    // One task comes after the other, without a pause in which everything would be quiet.
    let count = 21;
    await expect
      .poll(
        async () => {
          await accept(runner);
          return runner.activeTasks - ++count;
        },
        { interval: 0, timeout: 5_000 },
      )
      .toBe(0);
  });

  it('takes in what was stored although the answer was lost, however busy it is', async () => {
    const { handle } = gate();
    let lost = false;
    const losing = {
      async query(...args: Parameters<DatabasePool['query']>) {
        const result = await runners.database.pool.query(...args);
        if (lost || args[2] !== 'tasks-accept') return result;
        lost = true;
        throw new DatabaseUnavailableError('the answer was lost');
      },
    } as DatabasePool;
    const runner = await runners.start({
      work: new WorkStore(losing, 'aaaaaaaa'),
      concurrency: 1,
      handle,
    });
    await expect(runner.accept({ run_at: '2100-01-01T00:00:00Z' })).rejects.toThrow('cannot be reached');
    let count = 1;
    await expect
      .poll(
        async () => {
          await accept(runner);
          return runner.activeTasks - ++count;
        },
        { interval: 0, timeout: 5_000 },
      )
      .toBe(0);
  });
});
