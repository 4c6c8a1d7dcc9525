import { DatabasePool } from '@balanza/postgres';
import { LeaseStore, migrate, OrphanStore, TaskDefinitions, TaskRunner, WorkStore } from '@balanza/tasks';
import { startTestPostgres } from '@balanza/testing/postgres';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const TASKS = 100;
/** A worker takes over only once it has had a lease for this long. */
const STEADY_MS = 4_000;

/** Seconds from `kill -9` of a worker with 100 tasks to the start of the last of them elsewhere, round after round. */
export async function takeOverTimes(rounds: number): Promise<number[]> {
  const postgres = await startTestPostgres();
  await migrate(postgres.url);
  const pool = new DatabasePool({
    url: postgres.url,
    applicationName: 'bench',
    size: 4,
    queueLimit: 1_000,
    queueTimeoutMs: 5_000,
    statementTimeoutMs: 5_000,
  });
  let started = 0;
  let allStarted = Promise.withResolvers<void>();
  const handle = async () => {
    if (++started === TASKS) allStarted.resolve();
  };
  const runner = new TaskRunner({
    work: new WorkStore(pool, 'aaaaaaaa'),
    leases: new LeaseStore(pool, { instance: 'aaaaaaaa', name: 'survivor' }),
    orphans: new OrphanStore(pool, { instance: 'aaaaaaaa', name: 'survivor' }),
    instance: 'aaaaaaaa',
    concurrency: TASKS,
    definitions: new TaskDefinitions({ handle }),
  });
  await runner.start();
  await setTimeout(STEADY_MS);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    started = 0;
    allStarted = Promise.withResolvers<void>();
    const worker = spawn(
      process.execPath,
      [join(import.meta.dirname, 'doomed-worker.ts'), postgres.url, String(TASKS)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    await once(worker.stdout, 'data');
    await setTimeout(Math.random() * 1_000);
    worker.kill('SIGKILL');
    const killed = performance.now();
    await allStarted.promise;
    times.push((performance.now() - killed) / 1000);
  }
  await runner.stop(0);
  await pool.close();
  await postgres.close();
  return times;
}
