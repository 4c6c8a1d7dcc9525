import type { DatabasePool } from '@balanza/postgres';
import type { Attempt, AttemptId } from './attempt.js';
import { inOrder } from './work-store.js';

/** How long a worker may be silent before others take its tasks over, in milliseconds. */
export const LEASE_MS = 3_000;
/** How many attempts of one task may be cut off by the loss of their worker; then it is taken for the reason of it. */
const MAX_INTERRUPTIONS = 20;
/** A worker that has been silent for this long and left nothing is forgotten. Longer than any statement may take. */
const FORGET_AFTER_S = 60;

/** What a renewal finds. */
export interface LeaseNews {
  /** Of the attempts that the worker carries out, those that are not its own any more: cancelled, or taken over. */
  readonly lost: readonly AttemptId[];
  /** Attempts that run in its name without its knowing: the answer to a statement did not arrive. */
  readonly stray: readonly AttemptId[];
  /** How many tasks wait in its queue. */
  readonly queued: number;
  /** How many tasks the other workers have in hand. */
  readonly elsewhere: number;
  /** Whether there are workers whose lease has lapsed. */
  readonly others_lapsed: boolean;
}

/** Who has which tasks, and for how long. The clock is the server's alone. */
export class LeaseStore {
  readonly #pool: DatabasePool;
  readonly #instance: string;
  readonly #name: string;

  /** @param name outlives the process */
  constructor(pool: DatabasePool, { instance, name }: { readonly instance: string; readonly name: string }) {
    this.#pool = pool;
    this.#instance = instance;
    this.#name = name;
  }

  /** Says that the processes before this one, of the same name, have ended: their tasks may be taken over at once. */
  async replacePredecessors(): Promise<void> {
    await this.#pool.query(
      "UPDATE task_workers SET lease_until = '-infinity' WHERE name = $1 AND instance <> $2",
      [this.#name, this.#instance],
    );
  }

  /**
   * Renews the lease of all tasks of this worker.
   *
   * @param running what it runs
   * @param active how many tasks it has in hand
   */
  async renew(running: readonly AttemptId[], active: number): Promise<LeaseNews> {
    const { rows } = await this.#pool.query<LeaseNews & { queued: number }>(
      `WITH renewed AS (
         INSERT INTO task_workers (instance, name, lease_until, active)
         VALUES ($1, $2, clock_timestamp() + $3 * interval '1 ms', $4)
         ON CONFLICT (instance) DO UPDATE SET lease_until = excluded.lease_until, active = excluded.active
       ), held AS (
         SELECT * FROM unnest($5::uuid[], $6::int[]) AS held (task_id, attempt)
       ), lost AS (
         SELECT task_id, attempt FROM held WHERE NOT EXISTS (
           SELECT FROM tasks WHERE tasks.task_id = held.task_id AND tasks.attempt = held.attempt AND status = 'running')
       ), stray AS (
         SELECT task_id, attempt FROM tasks WHERE worker_instance = $1 AND status = 'running'
         EXCEPT SELECT task_id, attempt FROM held
       )
       SELECT
         (SELECT coalesce(json_agg(lost), '[]') FROM lost) AS lost,
         (SELECT coalesce(json_agg(stray), '[]') FROM stray) AS stray,
         ((SELECT count(*) FROM tasks WHERE worker_instance = $1 AND status = 'queued' AND run_at IS NULL) +
          (SELECT count(*) FROM tasks WHERE worker_instance = $1 AND status = 'queued' AND run_at IS NOT NULL))::int AS queued,
         (SELECT coalesce(sum(active), 0)::int FROM task_workers WHERE instance <> $1) AS elsewhere,
         EXISTS (SELECT FROM task_workers WHERE instance <> $1 AND lease_until < clock_timestamp()) AS others_lapsed`,
      [
        this.#instance,
        this.#name,
        LEASE_MS,
        active,
        running.map(({ task_id }) => task_id),
        running.map(({ attempt }) => attempt),
      ],
      'lease-renew',
    );
    const [news] = rows;
    if (news === undefined) throw new Error('SELECT returned no row');
    return news;
  }

  /**
   * Takes over tasks of workers that have ended or whose lease has lapsed, and begins an attempt of each: those that were
   * running first, at most `limit`. Tasks that outlived too many workers fail instead.
   *
   * @param lapsed whether also those whose lease has lapsed; otherwise only those that said that they have ended
   */
  async takeOver(limit: number, { lapsed }: { readonly lapsed: boolean }): Promise<readonly Attempt[]> {
    const { rows } = await this.#pool.query<Attempt & { status: string; priority: number }>(
      `WITH gone AS MATERIALIZED (
         SELECT instance FROM task_workers
         WHERE instance <> $1 AND (lease_until = '-infinity' OR ($3 AND lease_until < clock_timestamp()))
       ), cut_off AS MATERIALIZED (
         SELECT task.task_id FROM gone CROSS JOIN LATERAL (
           SELECT task_id FROM tasks WHERE worker_instance = gone.instance AND status = 'running'
           LIMIT $2 FOR UPDATE SKIP LOCKED
         ) AS task LIMIT $2
       ), ready AS MATERIALIZED (
         SELECT task.task_id FROM gone CROSS JOIN LATERAL (
           SELECT task_id FROM tasks WHERE worker_instance = gone.instance AND status = 'queued' AND run_at IS NULL
           ORDER BY priority DESC, task_id LIMIT $2 FOR UPDATE SKIP LOCKED
         ) AS task LIMIT $2
       ), due AS MATERIALIZED (
         SELECT task.task_id FROM gone CROSS JOIN LATERAL (
           SELECT task_id FROM tasks WHERE worker_instance = gone.instance AND status = 'queued' AND run_at <= now()
           ORDER BY run_at LIMIT $2 FOR UPDATE SKIP LOCKED
         ) AS task LIMIT $2
       ), next AS MATERIALIZED (
         SELECT task_id, true AS was_cut_off FROM cut_off
         UNION ALL SELECT task_id, false FROM ready
         UNION ALL SELECT task_id, false FROM due
         LIMIT $2
       )
       UPDATE tasks SET
         worker_instance = $1, attempt = attempt + 1, started_at = clock_timestamp(), progress = NULL,
         interruptions = interruptions + was_cut_off::int,
         status = CASE WHEN was_cut_off AND interruptions >= $4 THEN 'failed' ELSE 'running' END,
         finished_at = CASE WHEN was_cut_off AND interruptions >= $4 THEN clock_timestamp() END,
         error = CASE WHEN was_cut_off AND interruptions >= $4
                      THEN 'Too many workers were lost while they ran this task' ELSE error END
       FROM next WHERE tasks.task_id = next.task_id
       RETURNING tasks.task_id, attempt, payload, failures, status, priority`,
      [this.#instance, limit, lapsed, MAX_INTERRUPTIONS],
      'lease-take-over',
    );
    return inOrder(rows.filter(({ status }) => status === 'running'));
  }

  /** Ends the lease, so that others need not wait for it to lapse. What still ran is queued again. */
  async end(): Promise<void> {
    await this.#pool.query(
      `WITH ended AS (UPDATE task_workers SET lease_until = '-infinity', active = 0 WHERE instance = $1)
       UPDATE tasks SET status = 'queued', started_at = NULL WHERE worker_instance = $1 AND status = 'running'`,
      [this.#instance],
    );
  }

  /** Forgets workers that are gone and left nothing to do. */
  async forgetGone(): Promise<void> {
    await this.#pool.query(
      `DELETE FROM task_workers WHERE lease_until < clock_timestamp() - $1 * interval '1 s'
       AND NOT EXISTS (SELECT FROM tasks WHERE worker_instance = instance AND status = 'running')
       AND NOT EXISTS (SELECT FROM tasks WHERE worker_instance = instance AND status = 'queued' AND run_at IS NULL)
       AND NOT EXISTS (SELECT FROM tasks WHERE worker_instance = instance AND status = 'queued' AND run_at IS NOT NULL)`,
      [FORGET_AFTER_S],
    );
  }
}
