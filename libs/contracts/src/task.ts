import { z } from 'zod';
import { instanceId } from './instance.js';
import { jsonObject, jsonValue } from './json.js';

/** What a task may carry: any JSON object. */
export const taskPayload = z
  .record(z.string(), z.unknown(), 'must be a JSON object')
  .describe('Any JSON object');
export type TaskPayload = z.infer<typeof taskPayload>;

/** The id of a task. */
export const taskId = z.uuid('must be a UUID');

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
});
export type Task = z.infer<typeof task>;
