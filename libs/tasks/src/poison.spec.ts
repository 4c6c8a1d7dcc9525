import type { Task } from '@balanza/contracts';
import { eventually } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { WorkerProcesses } from './testing/worker-processes.js';

const processes = new WorkerProcesses();

const PATIENCE_MS = 60_000;
const NEIGHBOURS = 8;

/** Two workers that are started again whenever they end, as a launcher does, until the test stops it. */
async function superviseTwo() {
  const stop = new AbortController();
  const { promise: stopped, resolve } = Promise.withResolvers<false>();
  stop.signal.addEventListener('abort', () => resolve(false));
  let losses = 0;
  const supervise = async (name: string) => {
    for (let run = 0; !stop.signal.aborted; run++) {
      const worker = await processes.start(`${name}${String(run).padStart(7, '0')}`, 300, name);
      if (run === 0) first.push(worker);
      const ended = worker.ended.then(() => true);
      const isLost = await Promise.race([ended, stopped]);
      if (isLost) losses++;
    }
  };
  const first: Awaited<ReturnType<typeof processes.start>>[] = [];
  const all = Promise.all([supervise('a'), supervise('b')]);
  await expect.poll(() => first.length, { timeout: PATIENCE_MS }).toBe(2);
  return {
    first: first[0],
    /** @returns how many workers were lost */
    async stop() {
      stop.abort();
      await all;
      return losses;
    },
  };
}

const tasks = async () => (await processes.database.store.list({ limit: 50 })).tasks;

function allEnded(): Promise<readonly Task[]> {
  return eventually(async () => {
    const all = await tasks();
    expect(all).toHaveLength(NEIGHBOURS + 1);
    expect(all.filter(({ status }) => status === 'queued' || status === 'running')).toEqual([]);
    return all;
  }, PATIENCE_MS);
}

describe.each([
  // Nothing is written when a process exits, so that its neighbours are cut off with it until they run alone.
  ['exit', 'ends its process'],
  ['reject', 'leaves a rejected promise'],
  ['throw', 'has an error that nothing catches'],
])('a task whose handler does "%s"', (does, what) => {
  it(`${what} three times, fails, and takes no other task with it`, async () => {
    const supervised = await superviseTwo();
    const payloads = [{ does }, ...Array.from({ length: NEIGHBOURS }, (_, n) => ({ n }))];
    supervised.first?.accept(...payloads);
    const all = await allEnded();
    const losses = await supervised.stop();
    const poison = all.find(({ payload }) => payload['does'] === does);
    expect(poison).toMatchObject({
      status: 'failed',
      attempt: 3,
      result: null,
      error:
        'The worker was lost each of the last 3 times that it ran this task, the last time with no other task beside it; mend what ends it, then redrive the task',
    });
    const neighbours = all.filter((task) => task !== poison);
    expect(neighbours.map(({ status, error }) => [status, error])).toEqual(
      Array.from({ length: NEIGHBOURS }, () => ['completed', null]),
    );
    const { rows } = await processes.database.pool.query('SELECT sum(failures)::int AS failures FROM tasks');
    expect(rows).toEqual([{ failures: 0 }]);
    expect(losses).toBe(3);
    if (does === 'exit') return;
    // The task at fault is known at the first loss.
    const { rows: lost } = await processes.database.pool.query(
      'SELECT DISTINCT interruptions FROM tasks ORDER BY 1',
    );
    expect(lost).toEqual([{ interruptions: 0 }, { interruptions: 3 }]);
  });
});
