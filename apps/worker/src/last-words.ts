import type { RunningApp } from '@balanza/runtime';
import { currentAttempt, TaskRunner } from '@balanza/tasks';

/**
 * When an error that nothing catches ends the process, and it comes from the handler of a task: what runs is left to other workers
 * at once, and only that task counts the loss. Of any other error the cause is not known, so that all that ran counts it.
 */
export async function leaveTasks({ nest }: RunningApp): Promise<void> {
  const culprit = currentAttempt();
  if (culprit !== undefined) await nest.get(TaskRunner).abandon(culprit);
}

/** Says which task it was where the process ends in the code of a handler, such as by `process.exit`. */
export function nameCulprit(code: number): void {
  const culprit = currentAttempt();
  if (culprit === undefined) return;
  const { task_id, attempt } = culprit;
  process.stderr.write(
    `worker: the handler of task ${task_id}, attempt ${attempt}, ends the process with code ${code}\n`,
  );
}
