import type { Task, TaskPayload } from '@balanza/contracts';
import type { DatabasePool } from '@balanza/postgres';

/** One run of one task. What it writes counts only while it is the latest. */
export interface Attempt {
  readonly task_id: string;
  /** 1 for the first. */
  readonly attempt: number;
  readonly payload: TaskPayload;
}

/** How an attempt ended. */
export type Outcome =
  | { readonly status: 'completed'; readonly result: unknown }
  | { readonly status: 'failed'; readonly error: string };

interface TaskRow extends Omit<Task, 'created_at' | 'started_at' | 'finished_at'> {
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
}

/** Longest error that is stored, in characters. */
const MAX_ERROR_LENGTH = 10_000;

/**
 * The tasks, in PostgreSQL. A task belongs to the owner that accepted it, a name that outlives the owner's processes.
 *
 * Every method throws DatabaseUnavailableError or PoolBusyError when the database cannot serve now.
 */
export class TaskStore {
  readonly #pool: DatabasePool;

  constructor(pool: DatabasePool) {
    this.#pool = pool;
  }

  /** Stores a new task; it is on disk when this resolves. */
  async accept(owner: string, instance: string, payload: TaskPayload): Promise<string> {
    const { rows } = await this.#pool.query<{ task_id: string }>(
      'INSERT INTO tasks (owner, worker_instance, payload) VALUES ($1, $2, $3) RETURNING task_id',
      [owner, instance, JSON.stringify(payload)],
    );
    const [row] = rows;
    if (row === undefined) throw new Error('INSERT returned no row');
    return row.task_id;
  }

  /** Begins an attempt of each of the owner's oldest queued tasks, at most `limit`. */
  async claim(owner: string, instance: string, limit: number): Promise<readonly Attempt[]> {
    const { rows } = await this.#pool.query<Attempt & { created_at: Date }>(
      `WITH next AS MATERIALIZED (
         SELECT task_id FROM tasks WHERE owner = $1 AND status = 'queued'
         ORDER BY created_at LIMIT $3 FOR UPDATE SKIP LOCKED
       )
       UPDATE tasks SET status = 'running', attempt = attempt + 1, worker_instance = $2, started_at = clock_timestamp()
       FROM next WHERE tasks.task_id = next.task_id
       RETURNING tasks.task_id, attempt, payload, created_at`,
      [owner, instance, limit],
    );
    return rows
      .toSorted((a, b) => a.created_at.getTime() - b.created_at.getTime())
      .map(({ task_id, attempt, payload }) => ({ task_id, attempt, payload }));
  }

  /**
   * Writes how an attempt ended.
   *
   * @returns false when the attempt is not the latest any more, or its end has been written already
   */
  async finish({ task_id, attempt }: Attempt, outcome: Outcome): Promise<boolean> {
    const completed = outcome.status === 'completed';
    const { rowCount } = await this.#pool.query(
      `UPDATE tasks SET status = $3, result = $4, error = $5, finished_at = clock_timestamp()
       WHERE task_id = $1 AND attempt = $2 AND status = 'running'`,
      [
        task_id,
        attempt,
        outcome.status,
        completed ? (JSON.stringify(outcome.result) ?? 'null') : null,
        completed ? null : storable(outcome.error),
      ],
    );
    return rowCount === 1;
  }

  /** Puts back in the queue what the owner had running, but for the tasks named: those it knows to be alive. */
  async release(owner: string, except: readonly string[] = []): Promise<void> {
    await this.#pool.query(
      `UPDATE tasks SET status = 'queued', started_at = NULL
       WHERE owner = $1 AND status = 'running' AND task_id <> ALL ($2::uuid[])`,
      [owner, except],
    );
  }

  /** How many of the owner's tasks wait. */
  async countQueued(owner: string): Promise<number> {
    const { rows } = await this.#pool.query<{ count: number }>(
      "SELECT count(*)::int AS count FROM tasks WHERE owner = $1 AND status = 'queued'",
      [owner],
    );
    return rows[0]?.count ?? 0;
  }

  /** The task, whoever owns it. */
  async get(taskId: string): Promise<Task | undefined> {
    const { rows } = await this.#pool.query<TaskRow>(
      `SELECT task_id, status, payload, attempt, worker_instance, created_at, started_at, finished_at, result, error
       FROM tasks WHERE task_id = $1`,
      [taskId],
    );
    const [row] = rows;
    if (row === undefined) return undefined;
    return {
      ...row,
      created_at: row.created_at.toISOString(),
      started_at: row.started_at?.toISOString() ?? null,
      finished_at: row.finished_at?.toISOString() ?? null,
    };
  }
}

/** PostgreSQL's text has no character 0. */
function storable(error: string): string {
  return error.replaceAll('\0', '\u{FFFD}').slice(0, MAX_ERROR_LENGTH);
}
