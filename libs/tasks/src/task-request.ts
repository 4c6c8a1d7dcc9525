import { taskPriority, type TaskPayload } from '@balanza/contracts';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { NewTask } from './attempt.js';
import { newTaskId } from './task-id.js';

const runAt = z.iso.datetime({ offset: true });

/** The task that a client asks for. What in the payload has not the form of an option is payload and nothing else. */
export function newTask(payload: TaskPayload, idempotencyKey: string | undefined): Omit<NewTask, 'begins'> {
  const json = JSON.stringify(payload);
  const priority = taskPriority.safeParse(payload['priority']);
  const due = runAt.safeParse(payload['run_at']);
  return {
    task_id: newTaskId(),
    payload,
    json,
    priority: priority.data ?? 0,
    runAt: due.success ? futureTime(due.data) : null,
    idempotencyKey: idempotencyKey ?? null,
    bodyHash: idempotencyKey === undefined ? null : createHash('sha256').update(json).digest(),
  };
}

function futureTime(time: string): Date | null {
  const date = new Date(time);
  return date.getTime() > Date.now() ? date : null;
}
