import { DatabasePool } from '@balanza/postgres';
import { LeaseStore, migrate, OrphanStore, TaskDefinitions, TaskRunner, WorkStore } from '@balanza/tasks';
import { createPostgresBackend, Queue, Worker } from 'bullmq';
import { PgBoss } from 'pg-boss';
import { randomBytes } from 'node:crypto';
import type { StartContestant } from './contestant.ts';

/** A task that nobody is to run yet is one for later. */
export const LATER = '2100-01-01T00:00:00Z';
const QUEUE = 'bench';

const balanza: StartContestant = async ({ url, connections, concurrency }) => {
  await migrate(url);
  const pool = new DatabasePool({
    url,
    applicationName: 'bench',
    size: connections,
    queueLimit: 10_000,
    queueTimeoutMs: 10_000,
    statementTimeoutMs: 10_000,
  });
  const instance = randomBytes(4).toString('hex');
  let done = 0;
  const runner = new TaskRunner({
    work: new WorkStore(pool, instance),
    leases: new LeaseStore(pool, { instance, name: instance }),
    orphans: new OrphanStore(pool, { instance, name: instance }),
    instance,
    concurrency: Math.max(1, concurrency),
    maxQueued: 10_000_000,
    maxTotal: 10_000_000,
    definitions: new TaskDefinitions({ handle: async () => void done++ }),
  });
  await runner.start();
  return {
    name: 'balanza',
    accept: (payload) => runner.accept(concurrency === 0 ? { ...payload, run_at: LATER } : { ...payload }),
    done: () => done,
    async stop() {
      await runner.stop(1_000);
      await pool.close();
    },
  };
};

const pgBoss: StartContestant = async ({ url, connections, concurrency }) => {
  const boss = new PgBoss({ connectionString: url, max: connections });
  boss.on('error', () => undefined);
  await boss.start();
  await boss.createQueue(QUEUE);
  let done = 0;
  if (concurrency > 0) {
    // The shortest poll that it allows; each poll takes as many jobs as run at once.
    const options = { batchSize: concurrency, pollingIntervalSeconds: 0.5 };
    await boss.work(QUEUE, options, async (jobs) => void (done += jobs.length));
  }
  return {
    name: 'pg-boss',
    accept: (payload) => boss.send(QUEUE, payload),
    done: () => done,
    stop: () => boss.stop({ graceful: false }),
  };
};

const bullmq: StartContestant = async ({ url, connections, concurrency }) => {
  const connection = { connectionString: url, max: connections, migrate: true };
  const queue = new Queue(QUEUE, { connection }, createPostgresBackend);
  // What it reports when its PostgreSQL ends with the figure.
  queue.on('error', () => undefined);
  await queue.waitUntilReady();
  let done = 0;
  const worker =
    concurrency === 0
      ? undefined
      : new Worker(QUEUE, async () => void done++, { connection, concurrency }, createPostgresBackend);
  worker?.on('error', () => undefined);
  await worker?.waitUntilReady();
  return {
    name: 'BullMQ (PostgreSQL)',
    accept: (payload) => queue.add('job', payload),
    done: () => done,
    async stop() {
      await worker?.close(true);
      await queue.close();
    },
  };
};

/** In the order of the report. */
export const CONTESTANTS: readonly StartContestant[] = [balanza, pgBoss, bullmq];
