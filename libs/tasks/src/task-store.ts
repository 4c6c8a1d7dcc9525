import type { Task, TaskList, TaskListQuery, TaskStatus } from '@balanza/contracts';
import type { DatabasePool } from '@balanza/postgres';
import { TASK_COLUMNS, taskOf, type TaskRow } from './statements.js';

/** Most bytes of JSON in one answer of a list, unless its only task has more: it has two mebibytes at most. */
export const MAX_PAGE_BYTES = 4 * 1024 * 1024;
/** How many bytes of JSON a task is at most; what has a fixed length is some 500. */
const TASK_BYTES = `500 + octet_length(payload::text) + coalesce(octet_length(result::text), 4)
  + coalesce(octet_length(to_json(error)::text), 4)`;

/** Of a task that has ended. */
export type FinalStatus = Exclude<TaskStatus, 'queued' | 'running'>;

/** What came of an attempt to change a task: the task as it then was, and whether it was changed. */
export interface Change {
  readonly task: Task;
  readonly changed: boolean;
}

/**
 * The tasks, in PostgreSQL, as clients see and change them, whichever worker has them.
 *
 * Every method throws DatabaseUnavailableError or PoolBusyError when the database cannot serve now.
 */
export class TaskStore {
  readonly #pool: DatabasePool;

  constructor(pool: DatabasePool) {
    this.#pool = pool;
  }

  async get(taskId: string): Promise<Task | undefined> {
    const [task] = await this.getAll([taskId]);
    return task;
  }

  /** Those of the tasks that there are, in any order. */
  async getAll(taskIds: readonly string[]): Promise<readonly Task[]> {
    const { rows } = await this.#pool.query<TaskRow>(
      `SELECT ${TASK_COLUMNS} FROM tasks WHERE task_id = ANY ($1::uuid[])`,
      [taskIds],
      'tasks-get',
    );
    return rows.map(taskOf);
  }

  /**
   * The newest tasks, or those older than the cursor: as many as asked for, or fewer where those are more than
   * {@link MAX_PAGE_BYTES} together, so that whoever passes the list on need not hold more. New tasks do not move the rest of a list, since the ids are in the
   * order in which tasks came (UUID version 7, RFC 9562).
   */
  async list({ status, limit, cursor }: TaskListQuery): Promise<TaskList> {
    const { rows } = await this.#pool.query<TaskRow & { found: number }>(
      `SELECT ${TASK_COLUMNS}, found FROM (
         SELECT *, count(*) OVER ()::int AS found, row_number() OVER newest AS position, sum(bytes) OVER newest AS total
         FROM (
           SELECT ${TASK_COLUMNS}, ${TASK_BYTES} AS bytes FROM tasks
           WHERE ${status === undefined ? '' : `${STATUS_FILTER[status]} AND`} ($2::uuid IS NULL OR task_id < $2)
           ORDER BY task_id DESC LIMIT $1
         ) AS page WINDOW newest AS (ORDER BY task_id DESC)
       ) AS page
       WHERE position = 1 OR total <= $3 ORDER BY task_id DESC`,
      // One more tells whether the list goes on.
      [limit + 1, cursor ?? null, MAX_PAGE_BYTES],
    );
    const shown = rows.slice(0, limit);
    const goesOn = shown.length < (rows[0]?.found ?? 0);
    return {
      tasks: shown.map(({ found: _found, ...row }) => taskOf(row)),
      next_cursor: goesOn ? (shown.at(-1)?.task_id ?? null) : null,
    };
  }

  /** Ends a task that has not ended. An attempt that runs learns of it from its worker, and can write no more. */
  cancel(taskId: string): Promise<Change | undefined> {
    return this.#change(
      taskId,
      `UPDATE tasks SET status = 'cancelled', finished_at = clock_timestamp(), run_at = NULL
       WHERE task_id = $1 AND status IN ('queued', 'running') RETURNING ${TASK_COLUMNS}`,
      [taskId],
    );
  }

  /**
   * Queues a task that failed or was cancelled once more, with all its retries.
   *
   * @param instance the worker that takes it into its queue
   */
  redrive(taskId: string, instance: string): Promise<Change | undefined> {
    return this.#change(
      taskId,
      `UPDATE tasks SET status = 'queued', worker_instance = $2, failures = 0, interruptions = 0, error = NULL,
         started_at = NULL, finished_at = NULL, run_at = NULL, progress = NULL
       WHERE task_id = $1 AND status IN ('failed', 'cancelled') RETURNING ${TASK_COLUMNS}`,
      [taskId, instance],
    );
  }

  /**
   * Deletes tasks that ended with this status at least so long ago, those first that ended first.
   *
   * @param limit how many at most
   * @returns how many
   */
  async deleteEnded(status: FinalStatus, ageS: number, limit: number): Promise<number> {
    const { rowCount } = await this.#pool.query(
      `DELETE FROM tasks WHERE task_id IN (
         SELECT task_id FROM tasks
         WHERE status = $1 AND finished_at IS NOT NULL AND finished_at < now() - $2 * interval '1 s'
         ORDER BY finished_at LIMIT $3 FOR UPDATE SKIP LOCKED)`,
      [status, ageS, limit],
      'tasks-delete-ended',
    );
    return rowCount ?? 0;
  }

  async #change(taskId: string, text: string, values: readonly unknown[]): Promise<Change | undefined> {
    const { rows } = await this.#pool.query<TaskRow>(text, values);
    const [row] = rows;
    if (row !== undefined) return { task: taskOf(row), changed: true };
    const task = await this.get(taskId);
    return task === undefined ? undefined : { task, changed: false };
  }
}

/** Literal, and complete, so that the planner knows which of the partial indices have it all. */
const STATUS_FILTER: Readonly<Record<TaskStatus, string>> = {
  queued: "status = 'queued' AND finished_at IS NULL",
  running: "status = 'running'",
  completed: "status = 'completed'",
  failed: "status = 'failed'",
  cancelled: "status = 'cancelled'",
};
