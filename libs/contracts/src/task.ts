import { z } from 'zod';
import { instanceId } from './instance.js';

/** What a task may carry: any JSON object. */
export const taskPayload = z.record(z.string(), z.unknown()).describe('Any JSON object');
export type TaskPayload = z.infer<typeof taskPayload>;

/** The id of a task. */
export const taskId = z.uuid();

/** `POST /task` of a worker, sent once the task is stored. */
export const taskAccepted = z.object({
  status: z.literal('Started'),
  worker_instance: instanceId,
  task_id: taskId,
});
export type TaskAccepted = z.infer<typeof taskAccepted>;

/** `POST /longtask` of a gateway. */
export const gatewayTaskAccepted = taskAccepted.extend({ api_gateway_instance: instanceId });
export type GatewayTaskAccepted = z.infer<typeof gatewayTaskAccepted>;

/** Where a task is in its life. The last three are final. */
export const taskStatus = z.enum(['queued', 'running', 'completed', 'failed', 'cancelled']);
export type TaskStatus = z.infer<typeof taskStatus>;

const time = z.iso.datetime({ offset: true });

/** `GET /tasks/:task_id` of a worker and `GET /longtask/:task_id` of a gateway. */
export const task = z.object({
  task_id: taskId,
  status: taskStatus,
  payload: taskPayload,
  attempt: z.int().min(0).describe('How many times the task has been started'),
  worker_instance: instanceId.nullable().describe('The worker process that has it, or had it last'),
  created_at: time,
  started_at: time.nullable(),
  finished_at: time.nullable(),
  result: z.unknown(),
  error: z.string().nullable(),
});
export type Task = z.infer<typeof task>;
