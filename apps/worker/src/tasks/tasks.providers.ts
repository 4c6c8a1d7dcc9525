import { DatabasePool } from '@balanza/postgres';
import { APP_CONFIG, LOGGER, PROCESS_CONTEXT, type Logger, type ProcessContext } from '@balanza/runtime';
import { LeaseStore, OrphanStore, TaskDefinitions, TaskEvents, TaskRunner, WorkStore } from '@balanza/tasks';
import type { FactoryProvider } from '@nestjs/common';
import type { WorkerConfig } from '../config.js';
import { LoadGauge } from '../load/load-gauge.service.js';
import { AttemptsMetrics } from './attempts.metrics.js';
import { DATABASE_URL } from './database.providers.js';
import { simulation } from './handlers/simulation.js';

const definitions: FactoryProvider<TaskDefinitions> = {
  provide: TaskDefinitions,
  inject: [APP_CONFIG],
  useFactory: ({ TASK_DURATION, TASK_TIME_LIMIT }: WorkerConfig) =>
    new TaskDefinitions(simulation(TASK_DURATION, TASK_TIME_LIMIT)),
};

const events: FactoryProvider<TaskEvents> = {
  provide: TaskEvents,
  inject: [DATABASE_URL, DatabasePool, APP_CONFIG, PROCESS_CONTEXT],
  useFactory: (url: string, pool: DatabasePool, config: WorkerConfig, { instance }: ProcessContext) =>
    new TaskEvents({ url, pool, instance, maxWatchers: config.TASK_WATCHER_LIMIT }),
};

const runner: FactoryProvider<TaskRunner> = {
  provide: TaskRunner,
  inject: [
    WorkStore,
    LeaseStore,
    OrphanStore,
    TaskDefinitions,
    APP_CONFIG,
    PROCESS_CONTEXT,
    LoadGauge,
    LOGGER,
    TaskEvents,
    AttemptsMetrics,
  ],
  useFactory(
    work: WorkStore,
    leases: LeaseStore,
    orphans: OrphanStore,
    taskDefinitions: TaskDefinitions,
    config: WorkerConfig,
    { instance }: ProcessContext,
    gauge: LoadGauge,
    logger: Logger,
    taskEvents: TaskEvents,
    attempts: AttemptsMetrics,
  ): TaskRunner {
    const taskRunner = new TaskRunner({
      work,
      leases,
      orphans,
      instance,
      definitions: taskDefinitions,
      concurrency: config.TASK_CONCURRENCY,
      maxQueued: config.TASK_QUEUE_LIMIT,
      maxTotal: config.TASK_TOTAL_LIMIT,
      retries: config.TASK_RETRIES,
      retryDelay: { firstMs: config.TASK_RETRY_DELAY * 1000, maxMs: config.TASK_RETRY_MAX_DELAY * 1000 },
      timeLimitS: config.TASK_TIME_LIMIT,
      onChange: () => gauge.set(taskRunner.activeTasks),
      onAttempt: (end) => attempts.observe(end),
      onTask: (taskId) => taskEvents.publish(taskId),
      onFailedAttempt({ task_id, attempt, error, retryInMs }) {
        const next =
          retryInMs === undefined ? 'the task has failed' : `the next one begins in ${retryInMs} ms`;
        logger.warn({ task_id, attempt, error }, `An attempt failed; ${next}`);
      },
      onStuck({ hasEnded, ...stuck }) {
        if (hasEnded) logger.info(stuck, 'A handler that was stuck has ended; its place is free');
        else
          logger.warn(
            stuck,
            'A handler ignores its signal: its attempt has ended, and it still keeps its place',
          );
      },
      onStoreState(problem) {
        if (problem === undefined) logger.info('The database is back');
        else logger.warn(`Tasks wait for the database: ${problem}`);
      },
    });
    taskEvents.onForeign((taskId) => void taskRunner.verify(taskId));
    return taskRunner;
  },
};

/** What runs tasks, and what tells of them. */
export const taskProviders = [definitions, events, runner];
