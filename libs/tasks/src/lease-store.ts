import type { DatabasePool } from '@balanza/postgres';
import type { AttemptId } from './attempt.js';
import { afterLoss, DEFAULT_MAX_LOSSES } from './losses.js';
import type { Waiting } from './queue-count.js';
import { Snapshot } from './snapshot.js';
import { DELAYED, READY, RUNNING } from './statements.js';
import type { WorkerIdentity } from './worker-identity.js';

/** How long a worker may be silent before others take its tasks over, in milliseconds. */
export const LEASE_MS = 3_000;
/**
 * A worker whose lease has less than this left was kept from its renewals: it stood still, or the database was away. Others may
 * have been kept from theirs by the same, so that a lapsed lease says nothing for the length of one. In milliseconds.
 */
export const LATE_LEFT_MS = 1_000;

const IS_CULPRIT = '(task_id = $2::uuid AND attempt = $3::int) IS TRUE';
const LOSS = afterLoss('interruptions + 1', '$4::int');

/** What a renewal finds, beside how many tasks wait in the worker's queue. */
export interface LeaseNews extends Waiting {
  /** Of the attempts that the worker carries out, those that are not its own any more: cancelled, or taken over. */
  readonly lost: readonly AttemptId[];
  /** Attempts that run in its name without its knowing: the answer to a statement did not arrive. */
  readonly stray: readonly AttemptId[];
  /** Whether some of those that wait in its queue for their time are due by now. */
  readonly due: boolean;
  /** How many tasks the other workers have in hand: as they say themselves, and as is found of those that are gone. */
  readonly elsewhere: number;
  /** Whether there are workers that have ended, or whose lease has lapsed. */
  readonly others_gone: boolean;
  /** The clock of the database, in milliseconds since 1970. */
  readonly now: number;
  /** Which transactions all this has seen. */
  readonly snapshot: Snapshot;
}

/** Who has which tasks, and for how long. The clock is the server's alone. */
export class LeaseStore {
  readonly #pool: DatabasePool;
  readonly #worker: WorkerIdentity;
  readonly #maxLosses: number;

  /** @param maxLosses as for `OrphanStore` */
  constructor(pool: DatabasePool, worker: WorkerIdentity, maxLosses = DEFAULT_MAX_LOSSES) {
    this.#pool = pool;
    this.#worker = worker;
    this.#maxLosses = maxLosses;
  }

  /** Says that the processes before this one, of the same name, have ended: their tasks may be adopted at once. */
  async replacePredecessors(): Promise<void> {
    await this.#pool.query(
      `UPDATE task_workers SET ended_at = clock_timestamp()
       WHERE name = $1 AND instance <> $2 AND ended_at IS NULL`,
      [this.#worker.name, this.#worker.instance],
    );
  }

  /**
   * Renews the lease of all tasks of this worker.
   *
   * @param running what it runs
   * @param active how many tasks it has in hand
   */
  async renew(running: readonly AttemptId[], active: number): Promise<LeaseNews> {
    const { rows } = await this.#pool.query<Omit<LeaseNews, 'snapshot'> & { snapshot: string }>(
      `WITH renewed AS (
         INSERT INTO task_workers (instance, name, lease_until, active)
         VALUES ($1, $2, clock_timestamp() + $3 * interval '1 ms', $4)
         ON CONFLICT (instance) DO UPDATE SET
           lease_until = excluded.lease_until, active = excluded.active, ended_at = NULL,
           steady_since = CASE WHEN task_workers.lease_until < clock_timestamp() + $7 * interval '1 ms'
                               THEN clock_timestamp() ELSE task_workers.steady_since END
       ), others AS (
         SELECT instance, active, ended_at IS NOT NULL OR lease_until < clock_timestamp() AS is_gone
         FROM task_workers WHERE instance <> $1
       ), held AS (
         SELECT * FROM unnest($5::uuid[], $6::int[]) AS held (task_id, attempt)
       ), lost AS (
         SELECT task_id, attempt FROM held WHERE NOT EXISTS (
           SELECT FROM tasks
           WHERE tasks.task_id = held.task_id AND tasks.attempt = held.attempt AND ${RUNNING})
       ), stray AS (
         SELECT task_id, attempt FROM tasks WHERE worker_instance = $1 AND ${RUNNING}
         EXCEPT SELECT task_id, attempt FROM held
       )
       SELECT
         (SELECT coalesce(json_agg(lost), '[]') FROM lost) AS lost,
         (SELECT coalesce(json_agg(stray), '[]') FROM stray) AS stray,
         (SELECT count(*)::int FROM tasks WHERE worker_instance = $1 AND ${READY}) AS ready,
         (SELECT count(*)::int FROM tasks WHERE worker_instance = $1 AND ${DELAYED}) AS delayed,
         EXISTS (SELECT FROM tasks
                 WHERE worker_instance = $1 AND ${DELAYED} AND run_at <= clock_timestamp()) AS due,
         (SELECT coalesce(sum(CASE WHEN is_gone THEN (
            (SELECT count(*) FROM tasks WHERE worker_instance = instance AND ${RUNNING}) +
            (SELECT count(*) FROM tasks WHERE worker_instance = instance AND ${READY}) +
            (SELECT count(*) FROM tasks WHERE worker_instance = instance AND ${DELAYED})
          ) ELSE active END), 0)::int FROM others) AS elsewhere,
         EXISTS (SELECT FROM others WHERE is_gone) AS others_gone,
         extract(epoch FROM clock_timestamp())::float8 * 1000 AS now,
         pg_current_snapshot()::text AS snapshot`,
      [
        this.#worker.instance,
        this.#worker.name,
        LEASE_MS,
        active,
        running.map(({ task_id }) => task_id),
        running.map(({ attempt }) => attempt),
        LATE_LEFT_MS,
      ],
      'lease-renew',
    );
    const [news] = rows;
    if (news === undefined) throw new Error('SELECT returned no row');
    return { ...news, snapshot: new Snapshot(news.snapshot) };
  }

  /**
   * Ends the lease, so that others need not wait for it to lapse. What still ran is queued again.
   *
   * @param culprit the attempt because of which the worker ends: its task counts a loss, the others do not
   */
  async end(culprit?: AttemptId): Promise<void> {
    await this.#pool.query(
      `WITH ended AS (
         UPDATE task_workers SET ended_at = clock_timestamp(), lease_until = clock_timestamp() WHERE instance = $1
       )
       UPDATE tasks SET
         started_at = NULL, progress = NULL,
         interruptions = interruptions + (${IS_CULPRIT})::int,
         status = CASE WHEN ${IS_CULPRIT} THEN ${LOSS.status} ELSE 'queued' END,
         finished_at = CASE WHEN ${IS_CULPRIT} THEN ${LOSS.finishedAt} END,
         error = CASE WHEN ${IS_CULPRIT} THEN ${LOSS.error} ELSE error END
       WHERE worker_instance = $1 AND status = 'running'`,
      [this.#worker.instance, culprit?.task_id ?? null, culprit?.attempt ?? null, this.#maxLosses],
    );
  }
}
