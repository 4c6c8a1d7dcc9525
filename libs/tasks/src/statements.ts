/** What goes into statements and comes out of them. */
import type { Task } from '@balanza/contracts';

/**
 * SQLSTATE classes of what is wrong with a value: data exception, integrity constraint violation, program limit exceeded
 * (PostgreSQL, appendix A).
 */
const VALUE_FAULT = /^(22|23|54)/;

/**
 * Whether a statement failed because of a value in it, and would again: the server refused it, or it could not even be
 * written. Anything else says nothing of the values, such as an outage.
 */
export function isValueFault(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return true;
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' && VALUE_FAULT.test(code);
}

/** PostgreSQL's text has no character 0. How long an error is, and that it is well-formed, `messageOf` sees to. */
export function storableError(error: string): string {
  return error.replaceAll('\0', '\u{FFFD}');
}

/**
 * What a task that has not ended is, in the very words of the partial index of each, which the planner finds by them:
 * it runs, it may begin, or it waits for a time.
 */
export const RUNNING = "status = 'running'";
export const READY = "status = 'queued' AND run_at IS NULL";
export const DELAYED = "status = 'queued' AND run_at IS NOT NULL";

/** The columns of a {@link TaskRow}. */
export const TASK_COLUMNS = `task_id, status, payload, attempt, worker_instance, created_at, started_at, finished_at,
  result, error, priority, run_at, progress`;

/** A task as the driver gives it. */
export interface TaskRow extends Omit<
  Task,
  'created_at' | 'started_at' | 'finished_at' | 'priority' | 'run_at' | 'progress'
> {
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly priority: number;
  readonly run_at: Date | null;
  readonly progress: number | null;
}

/** The task that clients see. */
export function taskOf({ priority, run_at, progress, ...row }: TaskRow): Task {
  return {
    ...row,
    created_at: row.created_at.toISOString(),
    started_at: row.started_at?.toISOString() ?? null,
    finished_at: row.finished_at?.toISOString() ?? null,
    ...(priority === 0 ? {} : { priority }),
    ...(run_at === null ? {} : { run_at: run_at.toISOString() }),
    ...(progress === null ? {} : { progress }),
  };
}
