import { embeddedDatabaseUrl } from '@balanza/postgres';
import pg from 'pg';

/** What the database knows of the tasks that were accepted. */
export interface Verdict {
  /** How many of them have each status; `lost` for those that are not there. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Attempts beyond the first of each. */
  readonly repeated: number;
  /** Of those, attempts whose worker was lost. */
  readonly interrupted: number;
  /** Tasks that nobody accepted in a client's ear, but that were stored: the answer was lost. */
  readonly unheard: number;
}

async function query<Row extends pg.QueryResultRow>(port: number, text: string, values: readonly unknown[]) {
  const client = new pg.Client({
    connectionString: embeddedDatabaseUrl(port),
    connectionTimeoutMillis: 2_000,
    query_timeout: 5_000,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(text, [...values])).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** How many tasks the worker with this instance id runs; undefined while the database is away. */
export async function runningOn(port: number, instance: string): Promise<number | undefined> {
  const text = "SELECT count(*)::int AS count FROM tasks WHERE status = 'running' AND worker_instance = $1";
  const rows = await query<{ count: number }>(port, text, [instance]).catch(() => []);
  return rows[0]?.count;
}

/** Looks at every accepted task. */
export async function verdict(port: number, ids: ReadonlySet<string>): Promise<Verdict> {
  const rows = await query<{ task_id: string; status: string; attempt: number; interruptions: number }>(
    port,
    'SELECT task_id, status, attempt, interruptions FROM tasks',
    [],
  );
  const known = new Map(rows.map((row) => [row.task_id, row]));
  const statuses: Record<string, number> = {};
  let repeated = 0;
  let interrupted = 0;
  for (const id of ids) {
    const { status = 'lost', attempt = 1, interruptions = 0 } = known.get(id) ?? {};
    statuses[status] = (statuses[status] ?? 0) + 1;
    repeated += Math.max(0, attempt - 1);
    interrupted += interruptions;
  }
  return { statuses, repeated, interrupted, unheard: rows.filter(({ task_id }) => !ids.has(task_id)).length };
}
