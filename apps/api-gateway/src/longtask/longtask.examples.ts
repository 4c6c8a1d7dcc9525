import { taskEventId, type GatewayTaskAccepted, type Task, type TaskList } from '@balanza/contracts';

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
  result: { duration: 5 },
  error: null,
} satisfies Task;

/** Shown by Swagger UI. */
export const PAYLOAD_EXAMPLES = {
  simulation: { summary: 'Takes 5 s, as any task without a handler', value: TASK_EXAMPLE.payload },
  handler: {
    summary: 'A task with a handler',
    value: { task: 'count-words', texts: ['one two', 'three'] },
  },
  delayed: {
    summary: 'Later, and before others that are due by then',
    value: { report: 'yearly', run_at: '2026-12-31T23:00:00Z', priority: 10 },
  },
};

/** Shown by Swagger UI. */
export const LIST_EXAMPLE = { tasks: [TASK_EXAMPLE], next_cursor: TASK_ID } satisfies TaskList;

/** Shown by Swagger UI. */
export const CANCELLED_EXAMPLE = {
  ...TASK_EXAMPLE,
  status: 'cancelled',
  finished_at: '2026-11-23T12:34:58.000Z',
  result: null,
} satisfies Task;

/** Shown by Swagger UI. */
export const REDRIVEN_EXAMPLE = {
  ...TASK_EXAMPLE,
  status: 'queued',
  started_at: null,
  finished_at: null,
  result: null,
} satisfies Task;

/** Shown by Swagger UI. */
export const EVENTS_EXAMPLE = eventOf(TASK_EXAMPLE, '8123');

function eventOf(state: Task, version: string): string {
  return `event: task\ndata: ${JSON.stringify(state)}\nid: ${taskEventId(version, state.status)}\n\n`;
}
