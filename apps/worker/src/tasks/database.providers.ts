import { DatabasePool, embeddedDatabaseUrl } from '@balanza/postgres';
import { APP_CONFIG, LOGGER, PROCESS_CONTEXT, type Logger, type ProcessContext } from '@balanza/runtime';
import { CleanUp, LeaseStore, OrphanStore, TaskStore, WorkStore, type WorkerIdentity } from '@balanza/tasks';
import type { FactoryProvider } from '@nestjs/common';
import { hostname } from 'node:os';
import type { WorkerConfig } from '../config.js';

/** Injection token: the URL of the database. */
export const DATABASE_URL = Symbol('DATABASE_URL');
/** Injection token: the connection for the lease, which is not to wait behind anything. */
export const LEASE_POOL = Symbol('LEASE_POOL');

/** Most statements that wait for a connection, and for how long: a burst of tasks is taken, not refused. */
const QUEUE_LIMIT = 1_000;
const QUEUE_TIMEOUT_MS = 3_000;
const STATEMENT_TIMEOUT_MS = 5_000;
/**
 * Of the lease: for a connection, for the server, and for its answer on the way. A connection on which nothing comes is given up
 * and replaced within 700 ms, so that a lease of 3 s that is renewed every second does not lapse by it.
 */
const LEASE_CONNECT_TIMEOUT_MS = 700;
const LEASE_STATEMENT_TIMEOUT_MS = 500;
const LEASE_ANSWER_GRACE_MS = 200;

const databaseUrl: FactoryProvider<string> = {
  provide: DATABASE_URL,
  inject: [APP_CONFIG, PROCESS_CONTEXT],
  useFactory: (config: WorkerConfig, { topology }: ProcessContext) =>
    config.DATABASE_URL ?? embeddedDatabaseUrl(topology.postgres.port),
};

const pool: FactoryProvider<DatabasePool> = {
  provide: DatabasePool,
  inject: [DATABASE_URL, APP_CONFIG],
  useFactory: (url: string, { TASK_POOL_SIZE }: WorkerConfig) =>
    new DatabasePool({
      url,
      applicationName: 'balanza-worker',
      size: TASK_POOL_SIZE,
      queueLimit: QUEUE_LIMIT,
      queueTimeoutMs: QUEUE_TIMEOUT_MS,
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    }),
};

const leasePool: FactoryProvider<DatabasePool> = {
  provide: LEASE_POOL,
  inject: [DATABASE_URL],
  useFactory: (url: string) =>
    new DatabasePool({
      url,
      applicationName: 'balanza-lease',
      size: 1,
      queueLimit: 10,
      queueTimeoutMs: LEASE_CONNECT_TIMEOUT_MS,
      statementTimeoutMs: LEASE_STATEMENT_TIMEOUT_MS,
      answerGraceMs: LEASE_ANSWER_GRACE_MS,
    }),
};

const taskStore: FactoryProvider<TaskStore> = {
  provide: TaskStore,
  inject: [DatabasePool],
  useFactory: (databasePool: DatabasePool) => new TaskStore(databasePool),
};

const workStore: FactoryProvider<WorkStore> = {
  provide: WorkStore,
  inject: [DatabasePool, PROCESS_CONTEXT],
  useFactory: (databasePool: DatabasePool, { instance }: ProcessContext) =>
    new WorkStore(databasePool, instance),
};

const identity = ({ WORKER_NAME }: WorkerConfig, { instance, port }: ProcessContext): WorkerIdentity => ({
  instance,
  name: WORKER_NAME ?? `${hostname()}:${port}`,
});

const leaseStore: FactoryProvider<LeaseStore> = {
  provide: LeaseStore,
  inject: [LEASE_POOL, APP_CONFIG, PROCESS_CONTEXT],
  useFactory: (ownPool: DatabasePool, config: WorkerConfig, context: ProcessContext) =>
    new LeaseStore(ownPool, identity(config, context), config.TASK_LOSS_LIMIT),
};

const orphanStore: FactoryProvider<OrphanStore> = {
  provide: OrphanStore,
  inject: [DatabasePool, APP_CONFIG, PROCESS_CONTEXT],
  useFactory: (databasePool: DatabasePool, config: WorkerConfig, context: ProcessContext) =>
    new OrphanStore(databasePool, identity(config, context), config.TASK_LOSS_LIMIT),
};

const cleanUp: FactoryProvider<CleanUp> = {
  provide: CleanUp,
  inject: [TaskStore, OrphanStore, APP_CONFIG, LOGGER],
  useFactory: (tasks: TaskStore, orphans: OrphanStore, config: WorkerConfig, logger: Logger) =>
    new CleanUp({
      tasks,
      orphans,
      retention: { endedS: config.TASK_RETENTION, failedS: config.TASK_FAILED_RETENTION },
      onFailure: (problem) => logger.warn(`The clean-up is to be tried again in a minute: ${problem}`),
    }),
};

/** The database, and what is kept in it. */
export const databaseProviders = [
  databaseUrl,
  pool,
  leasePool,
  taskStore,
  workStore,
  leaseStore,
  orphanStore,
  cleanUp,
];
