import type { TaskStatus } from '@balanza/contracts';
import type { DatabasePool } from '@balanza/postgres';
import { taskOf, type TaskRow } from './statements.js';

/** Most states that one statement reads: each has a payload and a result, of a mebibyte at most in the default settings. */
const READ_AT_ONCE = 8;

/** A task as it is, in the form in which it is passed on. */
export interface TaskState {
  readonly task_id: string;
  /** Another with each change of the task. */
  readonly version: string;
  readonly status: TaskStatus;
  /** The task as JSON, in one line. The piece with the payload is the same buffer in each state of a task. */
  readonly json: readonly Buffer[];
}

/** A state that is known already, of which only what has changed is read. */
export interface KnownState {
  readonly task_id: string;
  readonly version: string | undefined;
  /** As in {@link TaskState.json}. */
  readonly payload: Buffer | undefined;
}

/** What one reading has found. */
export interface StatesRead {
  /** The states that are not the known ones any more, with their payloads. */
  readonly changed: readonly (TaskState & { readonly payload: Buffer })[];
  /** Whether there may be more of them. */
  readonly more: boolean;
}

type Row = Omit<TaskRow, 'payload' | 'result'> & {
  readonly version: string;
  readonly payload: string | null;
  readonly result: string | null;
};

/**
 * Reads the states of tasks that have changed, at most {@link READ_AT_ONCE}. The version is that of the row (`xmin`: the
 * transaction that wrote it); a payload never changes, so it is read once and never parsed.
 *
 * @throws DatabaseUnavailableError or PoolBusyError when the database cannot serve now
 */
export async function readStates(pool: DatabasePool, known: readonly KnownState[]): Promise<StatesRead> {
  const { rows } = await pool.query<Row>(
    `SELECT task_id, tasks.xmin::text AS version, status, attempt, worker_instance, created_at, started_at, finished_at,
            error, priority, run_at, progress, result::text AS result,
            CASE WHEN known.version IS NULL THEN payload::text END AS payload
     FROM unnest($1::uuid[], $2::text[]) AS known (task_id, version) JOIN tasks USING (task_id)
     WHERE known.version IS DISTINCT FROM tasks.xmin::text LIMIT ${READ_AT_ONCE}`,
    [known.map(({ task_id }) => task_id), known.map(({ version }) => version ?? null)],
    'tasks-states',
  );
  const payloads = new Map(known.map(({ task_id, payload }) => [task_id, payload]));
  return {
    changed: rows.map((row) => stateOf(row, payloads.get(row.task_id) ?? oneLine(row.payload ?? 'null'))),
    more: rows.length === READ_AT_ONCE,
  };
}

function stateOf(
  { version, payload: _read, result, ...row }: Row,
  payload: Buffer,
): StatesRead['changed'][number] {
  const { task_id, status, ...rest } = taskOf({ ...row, payload: {}, result: null });
  const { payload: _payload, result: _result, error, priority, run_at, progress, ...times } = rest;
  const head = JSON.stringify({ task_id, status }).slice(0, -1);
  const middle = JSON.stringify(times).slice(1, -1);
  const tail = JSON.stringify({ error, priority, run_at, progress }).slice(1);
  const json = [
    Buffer.from(`${head},"payload":`),
    payload,
    ...(result === null
      ? [Buffer.from(`,${middle},"result":null,${tail}`)]
      : [Buffer.from(`,${middle},"result":`), oneLine(result), Buffer.from(`,${tail}`)]),
  ];
  return { task_id, version, status, json, payload };
}

/** JSON has line breaks only between its tokens. */
function oneLine(json: string): Buffer {
  return Buffer.from(/[\r\n]/.test(json) ? json.replaceAll(/[\r\n]/g, ' ') : json);
}
