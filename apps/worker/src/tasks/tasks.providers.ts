import { DatabasePool, embeddedDatabaseUrl } from '@balanza/postgres';
import { APP_CONFIG, LOGGER, PROCESS_CONTEXT, type Logger, type ProcessContext } from '@balanza/runtime';
import { TaskRunner, TaskStore } from '@balanza/tasks';
import type { FactoryProvider } from '@nestjs/common';
import type { WorkerConfig } from '../config.js';
import { LoadGauge } from '../load/load-gauge.service.js';
import { simulateWork } from './simulated-work.js';

/** Injection token: the URL of the database. */
export const DATABASE_URL = Symbol('DATABASE_URL');

/** Most statements that wait for a connection, and for how long: a burst of tasks is taken, not refused. */
const QUEUE_LIMIT = 1_000;
const QUEUE_TIMEOUT_MS = 3_000;
const STATEMENT_TIMEOUT_MS = 5_000;

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

const store: FactoryProvider<TaskStore> = {
  provide: TaskStore,
  inject: [DatabasePool],
  useFactory: (databasePool: DatabasePool) => new TaskStore(databasePool),
};

const runner: FactoryProvider<TaskRunner> = {
  provide: TaskRunner,
  inject: [TaskStore, APP_CONFIG, PROCESS_CONTEXT, LoadGauge, LOGGER],
  useFactory(
    taskStore: TaskStore,
    config: WorkerConfig,
    { instance, port }: ProcessContext,
    gauge: LoadGauge,
    logger: Logger,
  ): TaskRunner {
    const taskRunner = new TaskRunner({
      store: taskStore,
      owner: config.WORKER_NAME ?? `worker:${port}`,
      instance,
      concurrency: config.TASK_CONCURRENCY,
      maxQueued: config.TASK_QUEUE_LIMIT,
      handler: (_attempt, signal) => simulateWork(config.TASK_DURATION, signal),
      onChange: () => gauge.set(taskRunner.activeTasks),
      onStoreState(problem) {
        if (problem === undefined) logger.info('The database is back');
        else logger.warn(`Tasks wait for the database: ${problem}`);
      },
    });
    return taskRunner;
  },
};

/** Everything between the database and the work. */
export const taskProviders = [databaseUrl, pool, store, runner];
