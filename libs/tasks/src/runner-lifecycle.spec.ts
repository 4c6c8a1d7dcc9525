import { eventually } from '@balanza/testing';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { LeaseStore, type LeaseNews } from './lease-store.js';
import { enqueue } from './testing/new-tasks.js';
import { accept, gate, idle, TaskRunners } from './testing/task-runners.js';

const runners = new TaskRunners();

describe('a runner that starts again', () => {
  it('goes on with what an earlier process had in hand, and leaves others alone', async () => {
    const [dead, alive] = [
      runners.database.stores('dead0000', 'a'),
      runners.database.stores('bbbbbbbb', 'b'),
    ];
    for (const { leases } of [dead, alive]) await leases.renew([], 0);
    const ids = [await enqueue(dead.work), await enqueue(dead.work)];
    const foreign = await enqueue(alive.work);
    await dead.work.claim(1);
    await runners.start({ name: 'a' });
    await expect.poll(() => runners.statuses(ids), { timeout: 2_500 }).toEqual(['completed', 'completed']);
    expect(await Promise.all(ids.map(async (id) => (await runners.store.get(id))?.attempt))).toEqual([2, 1]);
    expect(await runners.statuses([foreign])).toEqual(['queued']);
  });
});

describe('a worker that is gone', () => {
  it('has what it left taken over when its lease has lapsed', async () => {
    const runner = await runners.start();
    const gone = runners.database.stores('dead0000');
    await gone.leases.renew([], 1);
    const id = await enqueue(gone.work);
    await gone.work.claim(1);
    const members = { attempt: 2, worker_instance: 'aaaaaaaa' };
    expect(await runners.becomes(id, { status: 'completed' })).toMatchObject(members);
    await idle(runner);
  });

  it('has it taken over also by one whose renewals take their time', async () => {
    class SlowLeases extends LeaseStore {
      override async renew(...args: Parameters<LeaseStore['renew']>): Promise<LeaseNews> {
        const news = await super.renew(...args);
        await setTimeout(650);
        return news;
      }
    }
    const identity = { instance: 'aaaaaaaa', name: 'aaaaaaaa' };
    await runners.start({ leases: new SlowLeases(runners.database.pool, identity) });
    const gone = runners.database.stores('dead0000');
    await gone.leases.renew([], 0);
    const id = await enqueue(gone.work);
    const members = { attempt: 1, worker_instance: 'aaaaaaaa' };
    expect(await runners.becomes(id, { status: 'completed' })).toMatchObject(members);
  });

  it('has the whole of its queue in that of its successor from the first moment on', async () => {
    const { started, handle } = gate();
    const gone = runners.database.stores('dead0000', 'a');
    await gone.leases.renew([], 0);
    await Promise.all(Array.from({ length: 1_203 }, () => enqueue(gone.work)));
    await gone.work.claim(3);
    const runner = await runners.start({ name: 'a', concurrency: 2, handle });
    expect(runner.activeTasks).toBe(1_203);
    await expect.poll(() => started.length).toBe(2);
    const { rows } = await runners.database.pool.query(
      'SELECT worker_instance, status, count(*)::int FROM tasks GROUP BY 1, 2 ORDER BY 2',
    );
    expect(rows).toEqual([
      { worker_instance: 'aaaaaaaa', status: 'queued', count: 1_201 },
      { worker_instance: 'aaaaaaaa', status: 'running', count: 2 },
    ]);
    expect(runner.activeTasks).toBe(1_203);
  });

  it('has it in the queues of the others otherwise, where it is counted and takes up room', async () => {
    const { started, handle } = gate();
    const runner = await runners.start({ concurrency: 1, maxTotal: 4, handle });
    const first = await accept(runner);
    const gone = runners.database.stores('dead0000');
    await gone.leases.renew([], 50_000);
    await runner.verify(first);
    const full = 'The workers have 4 tasks in hand, as many as they take together';
    await expect(runner.accept({})).rejects.toThrow(full);
    const ids = [await enqueue(gone.work), await enqueue(gone.work, { run_at: '2100-01-01T00:00:00Z' })];
    await gone.leases.end();
    await expect.poll(() => runner.activeTasks).toBe(3);
    const tasks = await Promise.all(ids.map((id) => runners.store.get(id)));
    expect(tasks.map((task) => [task?.status, task?.worker_instance])).toEqual([
      ['queued', 'aaaaaaaa'],
      ['queued', 'aaaaaaaa'],
    ]);
    expect(started).toHaveLength(1);
    // Nobody has the 50,000 any more that the one said who is gone.
    await eventually(() => accept(runner));
    await expect(runner.accept({})).rejects.toThrow(full);
  });
});
