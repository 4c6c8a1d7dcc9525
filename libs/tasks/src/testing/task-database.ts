import { DatabasePool } from '@balanza/postgres';
import { startTestPostgres, type TestPostgres } from '@balanza/testing/postgres';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { LeaseStore } from '../lease-store.js';
import { migrate } from '../migrate.js';
import { OrphanStore } from '../orphan-store.js';
import { TaskStore } from '../task-store.js';
import { WorkStore } from '../work-store.js';

/** A PostgreSQL of the test's own, migrated, and a store of tasks in it. */
export interface TaskDatabase {
  readonly url: string;
  readonly server: TestPostgres['server'];
  readonly pool: DatabasePool;
  readonly store: TaskStore;
  /** What a worker with this instance id and name works on. */
  stores(
    instance: string,
    name?: string,
  ): { readonly work: WorkStore; readonly leases: LeaseStore; readonly orphans: OrphanStore };
  /** Removes every task and worker. */
  empty(): Promise<void>;
  close(): Promise<void>;
}

/** A real PostgreSQL with the tables of tasks, for one file of tests. */
export async function startTaskDatabase(): Promise<TaskDatabase> {
  const postgres = await startTestPostgres();
  await migrate(postgres.url);
  const pool = new DatabasePool({
    url: postgres.url,
    applicationName: 'test',
    size: 8,
    queueLimit: 1_000,
    queueTimeoutMs: 2_000,
    statementTimeoutMs: 2_000,
  });
  return {
    url: postgres.url,
    server: postgres.server,
    pool,
    store: new TaskStore(pool),
    stores: (instance, name = instance) => ({
      work: new WorkStore(pool, instance),
      leases: new LeaseStore(pool, { instance, name }),
      orphans: new OrphanStore(pool, { instance, name }),
    }),
    async empty() {
      await pool.query('TRUNCATE tasks, task_workers');
    },
    async close() {
      await pool.close();
      await postgres.close();
    },
  };
}

/** A {@link TaskDatabase} for all tests of a file, empty at the start of each. */
export class FileDatabase {
  #database: TaskDatabase | undefined;

  constructor() {
    beforeAll(async () => {
      this.#database = await startTaskDatabase();
    });
    afterAll(() => this.current.close());
    beforeEach(() => this.current.empty());
  }

  get current(): TaskDatabase {
    if (this.#database === undefined) throw new Error('the database is not up yet');
    return this.#database;
  }
}
