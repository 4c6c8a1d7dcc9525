import { DatabasePool } from '@balanza/postgres';
import { LeaseStore, OrphanStore, TaskDefinitions, TaskRunner, WorkStore } from '@balanza/tasks';
import { createPostgresBackend, Queue, Worker } from 'bullmq';
import { PgBoss } from 'pg-boss';
import { randomBytes } from 'node:crypto';

const QUEUE = 'take-over';
const CONNECTIONS = 4;

/** A worker of some job system, which one kills, or which takes over from one that was killed. */
export interface RecoveringWorker {
  accept(): Promise<unknown>;
  /** Begins what has been accepted, where it has not yet: who takes jobs in batches takes no more until one has ended. */
  begin(): Promise<unknown>;
  stop(): Promise<void>;
}

/** What such a worker is to do. */
export interface RecoveringAssignment {
  readonly url: string;
  /** Jobs that it runs at once. */
  readonly concurrency: number;
  /** Told of each job that it begins; the job ends when this resolves. */
  readonly handle: () => Promise<void>;
}

/** A job system, set to notice a dead worker in a certain time. */
export interface Recoverer {
  readonly name: string;
  readonly settings: string;
  /** How often it is measured, and how long it is waited for, in seconds. */
  readonly rounds: number;
  readonly patience: number;
  start(assignment: RecoveringAssignment): Promise<RecoveringWorker>;
}

const balanza: Recoverer['start'] = async ({ url, concurrency, handle }) => {
  const pool = new DatabasePool({
    url,
    applicationName: 'bench',
    size: CONNECTIONS,
    queueLimit: 1_000,
    queueTimeoutMs: 5_000,
    statementTimeoutMs: 5_000,
  });
  const instance = randomBytes(4).toString('hex');
  const identity = { instance, name: instance };
  const runner = new TaskRunner({
    work: new WorkStore(pool, instance),
    leases: new LeaseStore(pool, identity),
    orphans: new OrphanStore(pool, identity),
    instance,
    concurrency,
    definitions: new TaskDefinitions({ handle }),
  });
  await runner.start();
  return {
    accept: () => runner.accept({}),
    begin: async () => undefined,
    async stop() {
      await runner.stop(0);
      await pool.close();
    },
  };
};

const pgBoss: Recoverer['start'] = async ({ url, concurrency, handle }) => {
  const boss = new PgBoss({
    connectionString: url,
    max: CONNECTIONS,
    superviseIntervalSeconds: 1,
    monitorIntervalSeconds: 1,
  });
  boss.on('error', () => undefined);
  await boss.start();
  await boss.createQueue(QUEUE, { heartbeatSeconds: 10 });
  const options = { batchSize: concurrency, pollingIntervalSeconds: 0.5 };
  return {
    accept: () => boss.send(QUEUE, {}),
    begin: () => boss.work(QUEUE, options, async (jobs) => void (await Promise.all(jobs.map(handle)))),
    stop: () => boss.stop({ graceful: false }),
  };
};

const bullmq =
  (settings: { readonly lockDuration?: number; readonly stalledInterval?: number }): Recoverer['start'] =>
  async ({ url, concurrency, handle }) => {
    const connection = { connectionString: url, max: CONNECTIONS, migrate: true };
    const queue = new Queue(QUEUE, { connection }, createPostgresBackend);
    queue.on('error', () => undefined);
    await queue.waitUntilReady();
    const options = { connection, concurrency, ...settings };
    const worker = new Worker(QUEUE, handle, options, createPostgresBackend);
    worker.on('error', () => undefined);
    await worker.waitUntilReady();
    return {
      accept: () => queue.add('job', {}),
      begin: async () => undefined,
      async stop() {
        await worker.close(true);
        await queue.close();
      },
    };
  };

/** In the order of the report. */
export const RECOVERERS: readonly Recoverer[] = [
  { name: 'balanza', settings: 'as it is: a lease of 3 s', rounds: 7, patience: 60, start: balanza },
  {
    name: 'pg-boss',
    settings: '`heartbeatSeconds` 10, the least that it takes; looked for every second',
    rounds: 3,
    patience: 60,
    start: pgBoss,
  },
  {
    name: 'BullMQ (PostgreSQL)',
    settings: '`lockDuration` 3 s and `stalledInterval` 1 s; it names no least',
    rounds: 3,
    patience: 60,
    start: bullmq({ lockDuration: 3_000, stalledInterval: 1_000 }),
  },
  {
    name: 'BullMQ (PostgreSQL)',
    settings: 'its defaults, 30 s and 30 s',
    rounds: 1,
    patience: 120,
    start: bullmq({}),
  },
];
