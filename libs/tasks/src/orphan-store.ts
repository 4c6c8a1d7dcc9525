import type { DatabasePool } from '@balanza/postgres';
import { LATE_LEFT_MS, LEASE_MS } from './lease-store.js';
import { afterLoss, DEFAULT_MAX_LOSSES } from './losses.js';
import type { Waiting } from './queue-count.js';
import type { Transaction } from './snapshot.js';
import { DELAYED, READY, RUNNING } from './statements.js';
import type { WorkerIdentity } from './worker-identity.js';

const LOSS = afterLoss('interruptions + 1', '$5::int');
/** A worker that has been silent for this long and left nothing is forgotten. Longer than any statement may take. */
const FORGET_AFTER_S = 60;

/** What was adopted by one statement: how many tasks now wait in this worker's queue. */
export interface Adopted extends Waiting {
  /** In which transaction. */
  readonly transaction: Transaction;
  /** All that were taken from other queues, also those that failed by it. */
  readonly count: number;
  /** Of those, the tasks that were running when their worker was lost. */
  readonly cut_off: readonly string[];
}

/** What workers leave that are gone: found, and put into the queue of one that is there, so that somebody counts it and runs it. */
export class OrphanStore {
  readonly #pool: DatabasePool;
  readonly #worker: WorkerIdentity;
  readonly #maxLosses: number;

  /** @param maxLosses with how many losses of its worker in a row a task fails; at least {@link DEFAULT_MAX_LOSSES} */
  constructor(pool: DatabasePool, worker: WorkerIdentity, maxLosses = DEFAULT_MAX_LOSSES) {
    this.#pool = pool;
    this.#worker = worker;
    this.#maxLosses = maxLosses;
  }

  /**
   * Puts tasks of workers that are gone into this worker's queue, at most `limit`: those that were running first, then those
   * that are ready, by their priority. A task that was running when too many workers were lost fails instead.
   *
   * A worker is gone when it has ended, or when its lease has lapsed while this one renewed its own without a gap: what keeps
   * everybody from the database is nobody's end. The server alone judges that, by its clock, however slow its answers are.
   *
   * @param goneForMs only of workers that have been gone for this long; of earlier processes of this name always, and of
   * nobody else without it
   */
  async adopt(limit: number, goneForMs?: number): Promise<Adopted> {
    const { rows } = await this.#pool.query<Omit<Adopted, 'transaction'> & { transaction: string }>(
      `WITH steady AS MATERIALIZED (
         SELECT FROM task_workers WHERE instance = $1
         AND lease_until >= clock_timestamp() + $6 * interval '1 ms'
         AND steady_since <= clock_timestamp() - $7 * interval '1 ms'
       ), gone AS MATERIALIZED (
         SELECT instance FROM task_workers
         WHERE instance <> $1
         AND (ended_at IS NOT NULL OR (lease_until < clock_timestamp() AND EXISTS (SELECT FROM steady)))
         AND (name = $4 OR least(ended_at, lease_until) <= clock_timestamp() - $3 * interval '1 ms')
       ), cut_off AS MATERIALIZED (
         SELECT task.task_id FROM gone CROSS JOIN LATERAL (
           SELECT task_id FROM tasks WHERE worker_instance = gone.instance AND ${RUNNING}
           LIMIT $2 FOR UPDATE SKIP LOCKED
         ) AS task LIMIT $2
       ), ready AS MATERIALIZED (
         SELECT task.task_id FROM gone CROSS JOIN LATERAL (
           SELECT task_id FROM tasks
           WHERE worker_instance = gone.instance AND ${READY}
           ORDER BY priority DESC, task_id LIMIT $2 FOR UPDATE SKIP LOCKED
         ) AS task LIMIT $2
       ), delayed AS MATERIALIZED (
         SELECT task.task_id FROM gone CROSS JOIN LATERAL (
           SELECT task_id FROM tasks
           WHERE worker_instance = gone.instance AND ${DELAYED}
           ORDER BY run_at LIMIT $2 FOR UPDATE SKIP LOCKED
         ) AS task LIMIT $2
       ), next AS MATERIALIZED (
         SELECT task_id, true AS was_cut_off FROM cut_off
         UNION ALL SELECT task_id, false FROM ready
         UNION ALL SELECT task_id, false FROM delayed
         LIMIT $2
       ), adopted AS (
         UPDATE tasks SET
           worker_instance = $1, started_at = NULL, progress = NULL,
           interruptions = interruptions + was_cut_off::int,
           status = CASE WHEN was_cut_off THEN ${LOSS.status} ELSE 'queued' END,
           finished_at = CASE WHEN was_cut_off THEN ${LOSS.finishedAt} END,
           error = CASE WHEN was_cut_off THEN ${LOSS.error} ELSE error END
         FROM next WHERE tasks.task_id = next.task_id
         RETURNING tasks.task_id, status, run_at, was_cut_off
       )
       SELECT count(*) FILTER (WHERE ${READY})::int AS ready, count(*) FILTER (WHERE ${DELAYED})::int AS delayed,
              count(*)::int AS count, coalesce(json_agg(task_id) FILTER (WHERE was_cut_off), '[]') AS cut_off,
              pg_current_xact_id()::text AS transaction
       FROM adopted`,
      [
        this.#worker.instance,
        limit,
        goneForMs ?? null,
        this.#worker.name,
        this.#maxLosses,
        LATE_LEFT_MS,
        LEASE_MS,
      ],
      'orphans-adopt',
    );
    const [adopted] = rows;
    if (adopted === undefined) throw new Error('SELECT returned no row');
    return { ...adopted, transaction: Number(adopted.transaction) };
  }

  /**
   * Notes that workers have ended which have tasks, but of which nobody knows: a statement of theirs came when they had long been
   * forgotten. What they have is then adopted like that of any other.
   */
  async noteUnknown(): Promise<void> {
    await this.#pool.query(
      `INSERT INTO task_workers (instance, name, lease_until, ended_at)
       SELECT worker_instance, worker_instance, clock_timestamp(), clock_timestamp() FROM (
         SELECT worker_instance FROM tasks WHERE ${RUNNING}
         UNION SELECT worker_instance FROM tasks WHERE ${READY}
         UNION SELECT worker_instance FROM tasks WHERE ${DELAYED}
         EXCEPT SELECT instance FROM task_workers
       ) AS unknown
       ON CONFLICT DO NOTHING`,
    );
  }

  /** Forgets workers that are gone and left nothing to do. */
  async forgetGone(): Promise<void> {
    await this.#pool.query(
      `DELETE FROM task_workers WHERE lease_until < clock_timestamp() - $1 * interval '1 s'
       AND NOT EXISTS (SELECT FROM tasks WHERE worker_instance = instance AND ${RUNNING})
       AND NOT EXISTS (SELECT FROM tasks WHERE worker_instance = instance AND ${READY})
       AND NOT EXISTS (SELECT FROM tasks WHERE worker_instance = instance AND ${DELAYED})`,
      [FORGET_AFTER_S],
    );
  }
}
