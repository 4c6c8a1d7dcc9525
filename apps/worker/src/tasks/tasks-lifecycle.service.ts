import { DatabasePool } from '@balanza/postgres';
import { LOGGER, OutageLog, Readiness, type Logger } from '@balanza/runtime';
import { CleanUp, migrateOnceReachable, TaskEvents, TaskRunner } from '@balanza/tasks';
import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { DATABASE_URL, LEASE_POOL } from './database.providers.js';

/** How long tasks that run may go on when the app ends, in milliseconds; the rest is left to the next start. */
const STOP_TIMEOUT_MS = 5_000;

/** Starts the runner once the database is there and migrated, whichever starts first; ends it before its pool. */
@Injectable()
export class TasksLifecycle
  implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  readonly #ending = new AbortController();
  #stopped: Promise<void> | undefined;

  constructor(
    private readonly runner: TaskRunner,
    private readonly events: TaskEvents,
    private readonly cleanUp: CleanUp,
    private readonly pool: DatabasePool,
    @Inject(LEASE_POOL) private readonly leasePool: DatabasePool,
    @Inject(DATABASE_URL) private readonly databaseUrl: string,
    @Inject(LOGGER) private readonly logger: Logger,
    readiness: Readiness,
  ) {
    readiness.register('database', async () => {
      await this.pool.check();
      const { problem } = this.runner;
      if (problem !== undefined) throw new Error(`tasks cannot be stored: ${problem}`);
      if (!this.runner.ready) throw new Error('this worker has no lease yet');
    });
  }

  onApplicationBootstrap(): void {
    void this.#start();
  }

  /** Not awaited: what comes next closes the port, and whoever still connects would be refused until then. */
  beforeApplicationShutdown(): void {
    this.#ending.abort();
    this.#stopped = this.runner.stop(STOP_TIMEOUT_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.#stopped, this.cleanUp.stop()]);
    await this.events.stop();
    await Promise.all([this.pool.close(), this.leasePool.close()]);
  }

  async #start(): Promise<void> {
    const outage = new OutageLog(this.logger);
    const { signal } = this.#ending;
    const onFailure = (sentence: string) => outage.noticed(sentence);
    if (!(await migrateOnceReachable(this.databaseUrl, { signal, onFailure }))) return;
    outage.ended('The database can be used');
    void this.runner.start();
    this.events.start();
    this.cleanUp.start();
  }
}
