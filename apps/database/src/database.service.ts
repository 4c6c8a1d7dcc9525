import { DatabasePool, DatabaseUnavailableError } from '@balanza/postgres';
import { APP_CONFIG, LOGGER, Metrics, OutageLog, Readiness, showPools, type Logger } from '@balanza/runtime';
import { migrateOnceReachable } from '@balanza/tasks';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { DatabaseConfig } from './config.js';
import { PostgresServer } from './postgres-server.service.js';

/** How much longer than its delay a read may take, in seconds. */
const READ_GRACE_S = 5;

/** Reads from the database over a bounded pool, and ends pool and server when the app ends. */
@Injectable()
export class DatabaseService implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #pool: DatabasePool;
  readonly #delay: number;
  readonly #server: PostgresServer;
  readonly #outage: OutageLog;
  readonly #ending = new AbortController();
  #migrated: boolean;

  constructor(
    server: PostgresServer,
    @Inject(APP_CONFIG) config: DatabaseConfig,
    @Inject(LOGGER) logger: Logger,
    readiness: Readiness,
    metrics: Metrics,
  ) {
    this.#server = server;
    this.#outage = new OutageLog(logger);
    this.#delay = config.DB_DELAY;
    this.#migrated = server.embedded;
    this.#pool = new DatabasePool({
      url: server.url,
      applicationName: 'balanza-database',
      size: config.DB_POOL_SIZE,
      queueLimit: config.DB_QUEUE_LIMIT,
      queueTimeoutMs: config.DB_QUEUE_TIMEOUT * 1000,
      statementTimeoutMs: (config.DB_DELAY + READ_GRACE_S) * 1000,
    });
    readiness.register('database', () => this.#check());
    showPools(metrics, { reads: this.#pool });
  }

  onApplicationBootstrap(): void {
    if (!this.#migrated) void this.#migrate();
  }

  async onApplicationShutdown(): Promise<void> {
    this.#ending.abort();
    await this.#pool.close();
    await this.#server.stop();
  }

  /**
   * Does the work of a read, which takes its time in the database.
   *
   * @returns when it was done by the clock of the database, as HH:MM:SS
   * @throws PoolBusyError or DatabaseUnavailableError, both answered 503
   */
  async readTime(): Promise<string> {
    const { rows } = await this.#watched(() =>
      this.#pool.query<{ time: string }>(
        `WITH work AS MATERIALIZED (SELECT pg_sleep($1))
         SELECT to_char(clock_timestamp(), 'HH24:MI:SS') AS time FROM work`,
        [this.#delay],
      ),
    );
    const [row] = rows;
    if (row === undefined) throw new Error('the database answered without a row');
    return row.time;
  }

  /** It only reads, so that a database which is read-only, or has no room, serves it well. */
  async #check(): Promise<void> {
    await this.#watched(() => this.#pool.check());
    if (!this.#migrated) throw new Error('the migrations have not run yet');
  }

  /** Notes in the log that the database is away and that it is back, once each. */
  async #watched<T>(operation: () => Promise<T>): Promise<T> {
    try {
      const result = await operation();
      if (this.#migrated) this.#outage.ended('The database can be used');
      return result;
    } catch (error) {
      if (error instanceof DatabaseUnavailableError) this.#outage.noticed(error.detail);
      throw error;
    }
  }

  /** A server of somebody else's may come up later than this process. */
  async #migrate(): Promise<void> {
    const { signal } = this.#ending;
    const onFailure = (sentence: string) => this.#outage.noticed(sentence);
    if (!(await migrateOnceReachable(this.#server.url, { signal, onFailure }))) return;
    this.#outage.ended('The database can be used');
    this.#migrated = true;
  }
}
