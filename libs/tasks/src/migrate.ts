import { connectionSettings } from '@balanza/postgres';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

/** The table in which postgrator notes what has been done. */
const SCHEMA_TABLE = 'balanza_schema_version';
/** Any number, so long as nobody else locks the same one in this database. */
const LOCK = 5_002_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** Longest wait for a lock, such as the one that another process holds while it migrates. */
const LOCK_TIMEOUT_MS = 60_000;

/**
 * Brings the schema to the state this version needs. Safe when several processes start together: they take turns,
 * and it is done once. All or nothing: it runs in one transaction.
 *
 * @param url `postgres://user:password@host:port/database`
 * @returns the names of the migrations that were run now
 * @throws what `pg` throws when the database is away; an error of postgrator when a migration was altered after it ran
 */
export async function migrate(url: string): Promise<readonly string[]> {
  const client = new pg.Client({
    ...connectionSettings(url),
    application_name: 'balanza-migrate',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
  });
  // The statement in progress rejects; without a listener the error would be fatal.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    const done = await runMigrations(client);
    await client.query('COMMIT');
    return done;
  } finally {
    // Without a COMMIT before it, this rolls back.
    await client.end().catch(() => undefined);
  }
}

async function runMigrations(client: pg.Client): Promise<readonly string[]> {
  // Loaded only now: it is needed once, and what it brings along stays out of the memory of those that do not migrate.
  const { default: Postgrator } = await import('postgrator');
  const { rows } = await client.query<{ name: string }>('SELECT current_schema() AS name');
  const migrations = await new Postgrator({
    driver: 'pg',
    schemaTable: SCHEMA_TABLE,
    migrationPattern: `${escapeGlob(fileURLToPath(new URL('../migrations/', import.meta.url)))}*.sql`,
    newline: 'LF',
    currentSchema: rows[0]?.name ?? 'public',
    execQuery: (query) => client.query(query),
  }).migrate();
  return migrations.map(({ name }) => name);
}

/** The workspace may lie in a folder whose name has characters that mean something in a pattern. */
function escapeGlob(path: string): string {
  return path.replaceAll('\\', '/').replace(/[?*()[\]{}!+@|]/g, '\\$&');
}
