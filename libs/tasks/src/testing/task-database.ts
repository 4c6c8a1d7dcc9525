import { DatabasePool } from '@balanza/postgres';
import { startTestPostgres, type TestPostgres } from '@balanza/testing/postgres';
import { migrate } from '../migrate.js';
import { TaskStore } from '../task-store.js';

/** A PostgreSQL of the test's own, migrated, and a store of tasks in it. */
export interface TaskDatabase {
  readonly server: TestPostgres['server'];
  readonly pool: DatabasePool;
  readonly store: TaskStore;
  /** Removes every task. */
  empty(): Promise<void>;
  close(): Promise<void>;
}

export async function startTaskDatabase(): Promise<TaskDatabase> {
  const postgres = await startTestPostgres();
  await migrate(postgres.url);
  const pool = new DatabasePool({
    url: postgres.url,
    applicationName: 'test',
    size: 5,
    queueLimit: 1_000,
    queueTimeoutMs: 2_000,
    statementTimeoutMs: 2_000,
  });
  return {
    server: postgres.server,
    pool,
    store: new TaskStore(pool),
    async empty() {
      await pool.query('TRUNCATE tasks');
    },
    async close() {
      await pool.close();
      await postgres.close();
    },
  };
}
