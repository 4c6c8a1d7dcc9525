import type { DatabasePool } from '@balanza/postgres';
import type { Attempt, AttemptId, NewTask, Outcome } from './attempt.js';
import { Batcher } from './batcher.js';
import { SUSPECT_LOSSES } from './losses.js';
import { QueueCount } from './queue-count.js';
import type { Transaction } from './snapshot.js';
import { DELAYED, isValueFault, READY, storableError } from './statements.js';

/** Most tasks in one statement, most bytes of their payloads or results, and how many statements of a kind are under way at once. */
const BATCH = { maxItems: 500, maxWeight: 4 * 1024 * 1024, maxInFlight: 2 };

/** Most delayed tasks that become ready by one statement. */
const PROMOTE_BATCH = 1_000;

/** Where the count of failures stops, in the column's type; a handler may have any number of retries. */
const MAX_SMALLINT = 32_767;

/** A task that was stored before, under the key that came with a new one. */
export interface EarlierTask {
  readonly task_id: string;
  readonly worker_instance: string;
  readonly body_hash: Buffer;
}

/** What a statement gives of each task that it changed: which, and in which transaction. */
interface Changed {
  readonly task_id: string;
  readonly transaction: string;
}
const TRANSACTION = 'pg_current_xact_id()::text AS transaction';

/** 0 when nothing was changed, which every count has seen. */
function transactionOf(rows: readonly Pick<Changed, 'transaction'>[]): Transaction {
  return Number(rows[0]?.transaction ?? 0);
}

/** A task that was claimed. */
interface Claimed extends Attempt, Changed {
  readonly priority: number;
  readonly is_suspect: boolean;
}

/** Where an attempt's progress is written. */
interface Progress {
  readonly attempt: Attempt;
  readonly progress: number;
}

/**
 * The tasks of one worker, in PostgreSQL: takes them in, begins their attempts and writes how those end. What is asked for
 * in one turn of the event loop goes out as one statement. Every write of an attempt names it, and does nothing once there
 * is a later one.
 *
 * Every method throws DatabaseUnavailableError or PoolBusyError when the database cannot serve now.
 */
export class WorkStore {
  readonly #pool: DatabasePool;
  readonly #instance: string;
  /** How many tasks wait in this worker's queue, as of what was done here. */
  readonly queue = new QueueCount();
  readonly #inserts = new Batcher<NewTask, boolean>({
    ...BATCH,
    // Statements that wait for each other's keys do so in one order.
    compare: (a, b) => order(a.idempotencyKey ?? '', b.idempotencyKey ?? ''),
    run: (tasks) => this.#insert(tasks),
    weightOf: ({ json }) => Buffer.byteLength(json),
    isItemFault: isValueFault,
  });
  readonly #outcomes = new Batcher<readonly [Attempt, Outcome], boolean>({
    ...BATCH,
    compare: ([a], [b]) => order(a.task_id, b.task_id),
    run: (ends) => this.#end(ends),
    weightOf: ([, outcome]) =>
      Buffer.byteLength(outcome.status === 'completed' ? outcome.json : outcome.error),
    isItemFault: isValueFault,
  });
  readonly #progress = new Batcher<Progress, boolean>({
    ...BATCH,
    maxInFlight: 1,
    compare: (a, b) => order(a.attempt.task_id, b.attempt.task_id),
    run: (notes) => this.#note(notes),
    isItemFault: isValueFault,
  });

  constructor(pool: DatabasePool, instance: string) {
    this.#pool = pool;
    this.#instance = instance;
  }

  /**
   * Stores a new task; it is on disk when this resolves.
   *
   * @returns false when there is a task with the same idempotency key, and this one was not stored
   */
  accept(task: NewTask): Promise<boolean> {
    return this.#inserts.add(task);
  }

  /** The task that was accepted with this idempotency key. */
  async findByKey(key: string): Promise<EarlierTask | undefined> {
    const { rows } = await this.#pool.query<EarlierTask>(
      'SELECT task_id, worker_instance, body_hash FROM tasks WHERE idempotency_key = $1',
      [key],
      'tasks-find-by-key',
    );
    return rows[0];
  }

  /**
   * Begins an attempt of each of the first tasks in this worker's queue that are ready, at most `limit`. A suspect (see
   * {@link SUSPECT_LOSSES}) is begun alone, and only by a worker that runs nothing; until then it keeps those behind it waiting.
   *
   * @param isIdle whether nothing runs in this worker
   * @param except tasks that cannot begin now
   */
  async claim(limit: number, isIdle = true, except: readonly string[] = []): Promise<readonly Attempt[]> {
    const { rows } = await this.#pool.query<Claimed>(
      `WITH ready AS MATERIALIZED (
         SELECT task_id, priority, interruptions >= ${SUSPECT_LOSSES} AS is_suspect
         FROM tasks WHERE worker_instance = $1 AND ${READY} AND task_id <> ALL ($3::uuid[])
         ORDER BY priority DESC, task_id LIMIT $2 FOR UPDATE SKIP LOCKED
       ), next AS MATERIALIZED (
         SELECT task_id, is_suspect FROM (
           SELECT task_id, is_suspect, row_number() OVER first AS position, bool_or(is_suspect) OVER first AS is_held_up
           FROM ready WINDOW first AS (ORDER BY priority DESC, task_id)
         ) AS ranked WHERE NOT is_held_up OR (position = 1 AND $4)
       )
       UPDATE tasks SET status = 'running', attempt = attempt + 1, started_at = clock_timestamp()
       FROM next WHERE tasks.task_id = next.task_id
       RETURNING tasks.task_id, attempt, payload, failures, priority, is_suspect, ${TRANSACTION}`,
      [this.#instance, limit, except, isIdle],
      'tasks-claim',
    );
    this.queue.change(transactionOf(rows), { ready: -rows.length });
    return inOrder(rows);
  }

  /**
   * Makes tasks of this worker ready whose time has come, so that they take their place by priority.
   *
   * @returns whether there may be more
   */
  async promoteDue(): Promise<boolean> {
    const { rows } = await this.#pool.query<Changed>(
      `UPDATE tasks SET run_at = NULL WHERE task_id IN (
         SELECT task_id FROM tasks WHERE worker_instance = $1 AND ${DELAYED} AND run_at <= clock_timestamp()
         ORDER BY run_at LIMIT ${PROMOTE_BATCH} FOR UPDATE SKIP LOCKED)
       RETURNING task_id, ${TRANSACTION}`,
      [this.#instance],
      'tasks-promote',
    );
    this.queue.change(transactionOf(rows), { ready: rows.length, delayed: -rows.length });
    return rows.length === PROMOTE_BATCH;
  }

  /**
   * Writes how an attempt ended.
   *
   * @returns false when the attempt is not the latest any more, or its end has been written already
   */
  async finish(attempt: Attempt, outcome: Outcome): Promise<boolean> {
    return this.#outcomes.add([attempt, outcome]);
  }

  /** @returns false when the attempt is not the latest any more, or has ended */
  note(attempt: Attempt, progress: number): Promise<boolean> {
    return this.#progress.add({ attempt, progress });
  }

  /**
   * Puts tasks back in the queue whose attempts nobody runs: those of which this worker never learned that it has them. The
   * next count tells that they wait.
   */
  async putBack(attempts: readonly AttemptId[]): Promise<void> {
    await this.#pool.query(
      `UPDATE tasks SET status = 'queued', started_at = NULL, progress = NULL
       FROM unnest($2::uuid[], $3::int[]) AS stray (task_id, attempt)
       WHERE tasks.task_id = stray.task_id AND tasks.attempt = stray.attempt
       AND worker_instance = $1 AND status = 'running'`,
      [this.#instance, attempts.map(({ task_id }) => task_id), attempts.map(({ attempt }) => attempt)],
    );
  }

  async #insert(tasks: readonly NewTask[]): Promise<readonly boolean[]> {
    const { rows } = await this.#pool.query<Changed & { readonly delayed: boolean }>(
      `INSERT INTO tasks (task_id, worker_instance, status, attempt, started_at, payload, priority, run_at,
                          idempotency_key, body_hash)
       SELECT task_id, $1, CASE WHEN begins THEN 'running' ELSE 'queued' END, begins::int,
              CASE WHEN begins THEN clock_timestamp() END, payload, priority,
              CASE WHEN run_at > clock_timestamp() THEN run_at END, key, hash
       FROM unnest($2::uuid[], $3::bool[], $4::json[], $5::smallint[], $6::timestamptz[], $7::text[], $8::bytea[])
            AS new (task_id, begins, payload, priority, run_at, key, hash)
       ON CONFLICT (idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
       RETURNING task_id, ${TRANSACTION}, ${DELAYED} AS delayed`,
      [
        this.#instance,
        tasks.map(({ task_id }) => task_id),
        tasks.map(({ begins }) => begins),
        tasks.map(({ json }) => json),
        tasks.map(({ priority }) => priority),
        tasks.map(({ runAt }) => runAt),
        tasks.map(({ idempotencyKey }) => idempotencyKey),
        tasks.map(({ bodyHash }) => bodyHash),
      ],
      'tasks-accept',
    );
    const stored = areIn(rows, tasks);
    const waiting = tasks.filter(({ begins }, index) => stored[index] === true && !begins);
    const delayed = rows.filter((row) => row.delayed).length;
    this.queue.change(transactionOf(rows), { ready: waiting.length - delayed, delayed });
    return stored;
  }

  async #end(ends: readonly (readonly [Attempt, Outcome])[]): Promise<readonly boolean[]> {
    const { rows } = await this.#pool.query<Changed>(
      `UPDATE tasks SET
         status = ended.status, result = ended.result, error = ended.error,
         failures = least(failures + (ended.error IS NOT NULL)::int, ${MAX_SMALLINT}),
         interruptions = CASE WHEN ended.status <> 'queued' THEN interruptions ELSE 0 END,
         finished_at = CASE WHEN ended.status <> 'queued' THEN clock_timestamp() END,
         started_at = CASE WHEN ended.status <> 'queued' THEN started_at END,
         progress = CASE WHEN ended.status <> 'queued' THEN coalesce(ended.progress, tasks.progress) END,
         run_at = CASE WHEN ended.status = 'queued' THEN clock_timestamp() + ended.delay * interval '1 ms' END
       FROM unnest($1::uuid[], $2::int[], $3::text[], $4::json[], $5::text[], $6::float8[], $7::real[])
            AS ended (task_id, attempt, status, result, error, delay, progress)
       WHERE tasks.task_id = ended.task_id AND tasks.attempt = ended.attempt AND tasks.status = 'running'
       RETURNING tasks.task_id, ${TRANSACTION}`,
      [
        ends.map(([{ task_id }]) => task_id),
        ends.map(([{ attempt }]) => attempt),
        ends.map(([, { status }]) => status),
        ends.map(([, outcome]) => (outcome.status === 'completed' ? outcome.json : null)),
        ends.map(([, outcome]) => (outcome.status === 'completed' ? null : storableError(outcome.error))),
        ends.map(([, outcome]) => (outcome.status === 'queued' ? outcome.delayMs : null)),
        ends.map(([, outcome]) => (outcome.status === 'queued' ? null : (outcome.progress ?? null))),
      ],
      'tasks-finish',
    );
    const written = areIn(
      rows,
      ends.map(([attempt]) => attempt),
    );
    const again = ends.filter(([, { status }], index) => written[index] === true && status === 'queued');
    this.queue.change(transactionOf(rows), { delayed: again.length });
    return written;
  }

  async #note(notes: readonly Progress[]): Promise<readonly boolean[]> {
    // The last word of each attempt: one statement changes a row once.
    const latest = [...new Map(notes.map((note) => [note.attempt.task_id, note])).values()];
    const { rows } = await this.#pool.query<{ task_id: string }>(
      `UPDATE tasks SET progress = note.progress FROM unnest($1::uuid[], $2::int[], $3::real[]) AS note (task_id, attempt, progress)
       WHERE tasks.task_id = note.task_id AND tasks.attempt = note.attempt AND tasks.status = 'running'
       RETURNING tasks.task_id`,
      [
        latest.map(({ attempt }) => attempt.task_id),
        latest.map(({ attempt }) => attempt.attempt),
        latest.map(({ progress }) => progress),
      ],
      'tasks-progress',
    );
    return areIn(
      rows,
      notes.map(({ attempt }) => attempt),
    );
  }
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** The order in which tasks are to begin, which UPDATE does not keep. */
function inOrder(rows: readonly Claimed[]): Attempt[] {
  return rows
    .toSorted((a, b) => b.priority - a.priority || (a.task_id < b.task_id ? -1 : 1))
    .map(({ task_id, attempt, payload, failures, is_suspect }) => ({
      task_id,
      attempt,
      payload,
      failures,
      ...(is_suspect ? { alone: true } : {}),
    }));
}

function areIn(rows: readonly { task_id: string }[], asked: readonly { task_id: string }[]): boolean[] {
  const ids = new Set(rows.map(({ task_id }) => task_id));
  return asked.map(({ task_id }) => ids.has(task_id));
}
