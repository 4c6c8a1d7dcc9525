import { eventsUrl } from '@balanza/contracts';
import { EVENT_STREAMS_DEFAULTS, fields } from '@balanza/runtime';
import {
  DEFAULT_MAX_LOSSES,
  DEFAULT_MAX_WATCHERS,
  DEFAULT_RETENTION,
  DEFAULT_RETRY_DELAY,
  TASK_RUNNER_DEFAULTS,
} from '@balanza/tasks';
import { z } from 'zod';

/** Longest that an attempt may take, in seconds: a week. */
const MAX_TIME_LIMIT_S = 604_800;
/** Longest that tasks are kept, in seconds: ten years. */
const MAX_RETENTION_S = 315_360_000;

/** Fewest and most bytes of events that wait for clients: a task in its longest form, and 1 GiB. */
const MIN_EVENT_BYTES = 4_194_304;
const MAX_EVENT_BYTES = 1_073_741_824;

/** Environment variables of a worker. */
export const workerConfig = z.object({
  /** A PostgreSQL of your own; without it, the one that the database service runs. */
  DATABASE_URL: fields.postgresUrl().optional(),
  /** Seconds that a task takes. */
  TASK_DURATION: fields.seconds({ max: 86_400 }).default(5),
  /** Most tasks that run at once. */
  TASK_CONCURRENCY: fields.integer({ min: 1, max: 10_000 }).default(TASK_RUNNER_DEFAULTS.concurrency),
  /** Most tasks that wait; further ones are answered 503. */
  TASK_QUEUE_LIMIT: fields.integer({ min: 1, max: 10_000_000 }).default(TASK_RUNNER_DEFAULTS.maxQueued),
  /** Most tasks that all workers of one database have in hand together; further ones are answered 503. */
  TASK_TOTAL_LIMIT: fields.integer({ min: 1, max: 10_000_000 }).default(TASK_RUNNER_DEFAULTS.maxTotal),
  /** How often a task that failed is tried again. */
  TASK_RETRIES: fields.integer({ min: 0, max: 1000 }).default(TASK_RUNNER_DEFAULTS.retries),
  /** With how many losses of its worker in a row a task fails; it runs alone from the second on. */
  TASK_LOSS_LIMIT: fields.integer({ min: DEFAULT_MAX_LOSSES, max: 1000 }).default(DEFAULT_MAX_LOSSES),
  /** Seconds before the first retry; they double with each further one, up to `TASK_RETRY_MAX_DELAY`. */
  TASK_RETRY_DELAY: fields.seconds({ min: 0.001, max: 86_400 }).default(DEFAULT_RETRY_DELAY.firstMs / 1000),
  TASK_RETRY_MAX_DELAY: fields.seconds({ min: 0.001, max: 86_400 }).default(DEFAULT_RETRY_DELAY.maxMs / 1000),
  /** Seconds that an attempt may take. */
  TASK_TIME_LIMIT: fields
    .seconds({ min: 0.01, max: MAX_TIME_LIMIT_S })
    .default(TASK_RUNNER_DEFAULTS.timeLimitS),
  /** Seconds that completed and cancelled tasks are kept, and failed ones. */
  TASK_RETENTION: fields.seconds({ min: 1, max: MAX_RETENTION_S }).default(DEFAULT_RETENTION.endedS),
  TASK_FAILED_RETENTION: fields.seconds({ min: 1, max: MAX_RETENTION_S }).default(DEFAULT_RETENTION.failedS),
  /** Most event streams at once; further ones are answered 503. */
  TASK_WATCHER_LIMIT: fields.integer({ min: 0, max: 100_000 }).default(DEFAULT_MAX_WATCHERS),
  /** Most bytes of events that wait for clients to take them, each event counted once; further streams are answered 503. */
  TASK_WATCHER_BYTES: fields
    .integer({ min: MIN_EVENT_BYTES, max: MAX_EVENT_BYTES })
    .default(EVENT_STREAMS_DEFAULTS.maxBytes),
  /** Most connections to the database, beside one for the lease and one for events. */
  TASK_POOL_SIZE: fields.integer({ min: 1, max: 1000 }).default(5),
  /** The name of this worker, the same after a restart; `<host name>:<port>` unless set. */
  WORKER_NAME: z.string().trim().min(1).max(200, 'must have at most 200 characters').optional(),
  /** This worker as its balancer knows it; derived from host and port unless set. */
  WORKER_URL: fields.httpUrl().optional(),
  /** Where the balancer takes load reports; derived from the topology unless set. */
  EVENTS_URL: eventsUrl.optional(),
});
export type WorkerConfig = z.output<typeof workerConfig>;
