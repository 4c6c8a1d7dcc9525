import type { TaskPayload } from '@balanza/contracts';
import { newTask } from '../task-request.js';
import type { WorkStore } from '../work-store.js';

/** Stores a task in the queue of a worker, and gives its id. */
export async function enqueue(
  work: WorkStore,
  payload: TaskPayload = {},
  idempotencyKey?: string,
): Promise<string> {
  const task = newTask(payload, idempotencyKey, Date.now());
  if (!(await work.accept({ ...task, begins: false }))) throw new Error('not stored');
  return task.task_id;
}
