import { taskPriority, taskRunAt, type TaskPayload } from '@balanza/contracts';
import { createHash } from 'node:crypto';
import type { NewTask } from './attempt.js';
import { newTaskId } from './task-id.js';

/**
 * The task that a client asks for. What in the payload has not the form of an option is payload and nothing else.
 *
 * @param now by the clock of the database, in milliseconds since 1970
 */
export function newTask(
  payload: TaskPayload,
  idempotencyKey: string | undefined,
  now: number,
): Omit<NewTask, 'begins'> {
  const json = JSON.stringify(payload);
  const priority = taskPriority.safeParse(payload['priority']);
  const due = taskRunAt.safeParse(payload['run_at']);
  return {
    task_id: newTaskId(now),
    payload,
    json,
    priority: priority.data ?? 0,
    runAt: due.data ?? null,
    idempotencyKey: idempotencyKey ?? null,
    bodyHash: idempotencyKey === undefined ? null : createHash('sha256').update(json).digest(),
  };
}
