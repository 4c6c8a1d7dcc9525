import { describe, expect, it } from 'vitest';
import { RunnerNotReadyError } from './errors.js';
import { LeaseStore, type LeaseNews } from './lease-store.js';
import { OrphanStore, type Adopted } from './orphan-store.js';
import { accept, acceptAll, gate, TaskRunners } from './testing/task-runners.js';
import { WorkStore } from './work-store.js';

const runners = new TaskRunners();

/** Something in which a runner is held up, once, until the test lets it go on. */
function barrier() {
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const pass = async () => {
    reach();
    await opened;
  };
  return { reached, open, pass };
}

const leases = async () =>
  (await runners.database.pool.query('SELECT instance, ended_at FROM task_workers')).rows;
const ENDED = { instance: 'aaaaaaaa', ended_at: expect.any(Date) as unknown };

describe('a runner that stops', () => {
  it('lets what runs end, and begins nothing', async () => {
    const { started, open, handle } = gate();
    const runner = await runners.start({ concurrency: 1, handle });
    const ids = await acceptAll(runner, 2);
    expect(started).toHaveLength(1);
    const stopped = runner.stop(5_000);
    open();
    await stopped;
    expect(new Set(await runners.statuses(ids))).toEqual(new Set(['completed', 'queued']));
  });

  it('accepts nothing from the first moment on', async () => {
    const { open, handle } = gate();
    const runner = await runners.start({ handle });
    const id = await accept(runner);
    const stopped = runner.stop(5_000);
    await expect(runner.accept({})).rejects.toBeInstanceOf(RunnerNotReadyError);
    open();
    await stopped;
    await expect(runner.accept({})).rejects.toBeInstanceOf(RunnerNotReadyError);
    expect(await runners.statuses([id])).toEqual(['completed']);
    expect(await runners.waiting()).toBe(0);
  });

  it('gives up what takes too long, which others run at once', async () => {
    const { started, handle } = gate();
    const runner = await runners.start({ handle });
    const id = await accept(runner);
    await runner.stop(50);
    expect(started[0]?.signal.aborted).toBe(true);
    expect(await runners.statuses([id])).toEqual(['queued']);
    await runners.start({ instance: 'bbbbbbbb' });
    await runners.becomes(id, { status: 'completed', attempt: 2 });
  });

  it('waits for what it is just accepting, which is then for others', async () => {
    const { pool } = runners.database;
    class SlowStore extends WorkStore {
      override async accept(...args: Parameters<WorkStore['accept']>): Promise<boolean> {
        await pool.query('SELECT pg_sleep(0.3)');
        return super.accept(...args);
      }
    }
    const { started, handle } = gate();
    const runner = await runners.start({ work: new SlowStore(pool, 'aaaaaaaa'), handle });
    const [id] = await Promise.all([accept(runner), runner.stop(5_000)]);
    expect(await runners.statuses([id])).toEqual(['queued']);
    expect(started).toEqual([]);
    expect(await leases()).toEqual([ENDED]);
  });

  it('begins nothing that it claims or adopts meanwhile', async () => {
    const [claim, adoption] = [barrier(), barrier()];
    let claims = 0;
    class SlowWork extends WorkStore {
      override async claim(limit: number) {
        claims++;
        const attempts = await super.claim(limit);
        await claim.pass();
        return attempts;
      }
    }
    class SlowOrphans extends OrphanStore {
      override async adopt(...args: Parameters<OrphanStore['adopt']>): Promise<Adopted> {
        const adopted = await super.adopt(...args);
        if (adopted.count > 0) await adoption.pass();
        return adopted;
      }
    }
    const { started, open, handle } = gate();
    const { pool } = runners.database;
    const one = await runners.start({ work: new SlowWork(pool, 'aaaaaaaa'), concurrency: 1, handle });
    const ids = await acceptAll(one, 2);
    open();
    await claim.reached;
    const stopped = one.stop(5_000);
    claim.open();
    await stopped;
    expect([started.length, claims]).toEqual([1, 1]);
    expect(await runners.statuses(ids)).toEqual(['completed', 'queued']);

    const identity = { instance: 'bbbbbbbb', name: 'bbbbbbbb' };
    const orphans = new OrphanStore(pool, identity);
    const other = await runners.start({
      ...identity,
      orphans: new SlowOrphans(pool, identity),
      work: new SlowWork(pool, 'bbbbbbbb'),
      handle,
    });
    await adoption.reached;
    const otherStopped = other.stop(5_000);
    adoption.open();
    await otherStopped;
    expect([started.length, claims]).toEqual([1, 1]);
    expect(await orphans.adopt(10, 0)).toMatchObject({ count: 0 });
    expect(await runners.statuses(ids)).toEqual(['completed', 'queued']);
  });

  it('has a lease that has ended, whoever still asks for a renewal', async () => {
    const { reached, open, pass } = barrier();
    let slow = false;
    class SlowLeases extends LeaseStore {
      override async renew(...args: Parameters<LeaseStore['renew']>): Promise<LeaseNews> {
        if (slow) await pass();
        return super.renew(...args);
      }
    }
    const identity = { instance: 'aaaaaaaa', name: 'aaaaaaaa' };
    const runner = await runners.start({ leases: new SlowLeases(runners.database.pool, identity) });
    slow = true;
    const renewals = [runner.queuedFromOutside(), runner.queuedFromOutside()];
    await reached;
    const stopped = runner.stop(5_000);
    open();
    await Promise.all([stopped, ...renewals]);
    await runner.queuedFromOutside();
    expect(await leases()).toEqual([ENDED]);
  });
});
