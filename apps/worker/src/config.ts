import { fields } from '@balanza/runtime';
import { DEFAULT_CONCURRENCY, DEFAULT_MAX_QUEUED } from '@balanza/tasks';
import { z } from 'zod';

/** Environment variables of a worker. */
export const workerConfig = z.object({
  /** A PostgreSQL of your own; without it, the one that the database service runs. */
  DATABASE_URL: fields.postgresUrl().optional(),
  /** Seconds that a task takes. */
  TASK_DURATION: fields.seconds({ max: 86_400 }).default(5),
  /** Most tasks that run at once. */
  TASK_CONCURRENCY: fields.integer({ min: 1, max: 10_000 }).default(DEFAULT_CONCURRENCY),
  /** Most tasks that wait; further ones are answered 503. */
  TASK_QUEUE_LIMIT: fields.integer({ min: 1, max: 10_000_000 }).default(DEFAULT_MAX_QUEUED),
  /** Most connections to the database. */
  TASK_POOL_SIZE: fields.integer({ min: 1, max: 1000 }).default(5),
  /** The name under which tasks are accepted, the same after a restart; `worker:<port>` unless set. */
  WORKER_NAME: z.string().trim().min(1).max(200, 'must have at most 200 characters').optional(),
  /** This worker as its balancer knows it; derived from host and port unless set. */
  WORKER_URL: fields.httpUrl().optional(),
  /** Where the balancer takes load reports; derived from the topology unless set. */
  EVENTS_URL: z
    .url({ protocol: /^tcp$/, error: 'must be a URL such as tcp://127.0.0.1:8012' })
    .refine((url) => URL.canParse(url) && new URL(url).port !== '', { message: 'must name a port' })
    .optional(),
});
export type WorkerConfig = z.output<typeof workerConfig>;
