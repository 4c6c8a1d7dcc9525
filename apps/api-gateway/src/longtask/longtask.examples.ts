import type { GatewayTaskAccepted, Task } from '@balanza/contracts';

const TASK_ID = '0d2f6f1a-5a53-4b9e-9a8e-3f1d1f7a2c10';

/** Shown by Swagger UI. */
export const ACCEPTED_EXAMPLE = {
  status: 'Started',
  worker_instance: 'c49e0b12',
  task_id: TASK_ID,
  api_gateway_instance: '1f0c9a7e',
} satisfies GatewayTaskAccepted;

/** Shown by Swagger UI. */
export const TASK_EXAMPLE = {
  task_id: TASK_ID,
  status: 'completed',
  payload: { report: 'monthly', month: 11 },
  attempt: 1,
  worker_instance: 'c49e0b12',
  created_at: '2026-11-23T12:34:56.000Z',
  started_at: '2026-11-23T12:34:56.010Z',
  finished_at: '2026-11-23T12:35:01.012Z',
  result: { message: 'Task completed' },
  error: null,
} satisfies Task;
