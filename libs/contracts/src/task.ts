import { z } from 'zod';
import { instanceId } from './instance.js';
import { jsonObject, jsonValue } from './json.js';

/**
 * What a task may carry: any JSON object. Three members have a meaning where they have the form of it, and are part of
 * the payload all the same: `task`, the name of its handler; `priority` ({@link taskPriority}); `run_at`, a time of RFC
 * 3339 before which it is not to run.
 */
export const taskPayload = z
  .record(z.string(), z.unknown(), 'must be a JSON object')
  .describe(
    'Any JSON object. `task` names a handler, `priority` (-1000 to 1000, the highest first) orders it, and `run_at` (RFC 3339) delays it',
  );
export type TaskPayload = z.infer<typeof taskPayload>;

/** Longest text that is read as a time, in characters; a fraction of a second may have any number of digits. */
const MAX_TIME_LENGTH = 100;
/** How a text begins that is meant as a time. */
const DATE = /^\d{4}-\d\d-\d\d/;
const offsetTime = z.iso.datetime({ offset: true });

/** A time of RFC 3339, whose `T` and `Z` may be in lower case (section 5.6). */
export const taskRunAt = z
  .string()
  .max(MAX_TIME_LENGTH)
  .toUpperCase()
  .pipe(offsetTime)
  .transform((time) => new Date(time));

/** The {@link taskPayload} of a new task: a `run_at` that begins like a date and is no time is a mistake, not payload. */
export const newTaskPayload = taskPayload.refine(
  ({ run_at }) => typeof run_at !== 'string' || !DATE.test(run_at) || taskRunAt.safeParse(run_at).success,
  { path: ['run_at'], message: 'must be a time of RFC 3339, such as 2099-12-31T12:00:00Z' },
);

/** The order among tasks that wait: the highest first, 0 unless named. */
export const taskPriority = z
  .int('must be a whole number')
  .min(-1000, 'must be from -1000 to 1000')
  .max(1000, 'must be from -1000 to 1000');

/** The id of a task. */
export const taskId = z.uuid('must be a UUID');

/** Header by which a client repeats a request without repeating its effect (draft-ietf-httpapi-idempotency-key-header). */
export const IDEMPOTENCY_KEY_HEADER = 'idempotency-key';

/** What a client may send as its key: printable ASCII. */
export const idempotencyKey = z
  .string('must be text')
  .regex(/^[\x21-\x7e][\x20-\x7e]{0,254}$/, 'must be 1 to 255 printable ASCII characters');

/** `POST /task` of a worker, sent once the task is stored. */
export const taskAccepted = jsonObject({
  status: z.literal('Started', 'must be "Started"'),
  worker_instance: instanceId,
  task_id: taskId,
});
export type TaskAccepted = z.infer<typeof taskAccepted>;

/** `POST /longtask` of a gateway. */
export const gatewayTaskAccepted = taskAccepted.extend({ api_gateway_instance: instanceId });
export type GatewayTaskAccepted = z.infer<typeof gatewayTaskAccepted>;

/** Where a task is in its life. The last three are final. */
export const taskStatus = z.enum(
  ['queued', 'running', 'completed', 'failed', 'cancelled'],
  'must be queued, running, completed, failed or cancelled',
);
export type TaskStatus = z.infer<typeof taskStatus>;

const time = z.iso.datetime({ offset: true, error: 'must be a time of RFC 3339' });

/** `GET /tasks/:task_id` of a worker and `GET /longtask/:task_id` of a gateway. */
export const task = jsonObject({
  task_id: taskId,
  status: taskStatus,
  payload: taskPayload,
  attempt: z
    .int('must be a whole number')
    .min(0, 'must be at least 0')
    .describe('How many times the task has been started'),
  worker_instance: instanceId.nullable().describe('The worker process that has it, or had it last'),
  created_at: time,
  started_at: time.nullable(),
  finished_at: time.nullable(),
  result: jsonValue,
  error: z.string('must be text').nullable(),
  priority: taskPriority.optional().describe('Where it is not 0'),
  run_at: time
    .optional()
    .describe('When it is due, where it has to wait: delayed, or before another attempt'),
  progress: z
    .number('must be a number')
    .min(0, 'must be from 0 to 1')
    .max(1, 'must be from 0 to 1')
    .optional()
    .describe('From 0 to 1, where the handler tells'),
});
export type Task = z.infer<typeof task>;

/** Most tasks in one answer of a list, and how many unless asked for another number. */
export const MAX_TASK_LIST = 200;
export const DEFAULT_TASK_LIST = 50;
const LIMIT_RANGE = `must be a whole number from 1 to ${MAX_TASK_LIST}`;

/** The query of `GET /longtask`. */
export const taskListQuery = z.object({
  status: taskStatus.optional().describe('Only tasks with this status'),
  limit: z
    .string(LIMIT_RANGE)
    .regex(/^\d{1,9}$/, LIMIT_RANGE)
    .default(String(DEFAULT_TASK_LIST))
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= MAX_TASK_LIST, { message: LIMIT_RANGE })
    .describe(
      'Most tasks in the answer; where they are large it has fewer, of 4 MiB together, and `next_cursor` goes on',
    ),
  cursor: taskId.optional().describe('`next_cursor` of the answer before'),
});
export type TaskListQuery = z.output<typeof taskListQuery>;

/** `GET /tasks` of a worker and `GET /longtask` of a gateway: the newest first. */
export const taskList = jsonObject({
  tasks: z.array(task, 'must be a list'),
  next_cursor: taskId.nullable().describe('Where the list goes on; null at its end'),
});
export type TaskList = z.infer<typeof taskList>;

/** Whether nothing more happens to a task of this status, unless somebody redrives it. */
export function isFinal(status: TaskStatus): boolean {
  return status !== 'queued' && status !== 'running';
}
