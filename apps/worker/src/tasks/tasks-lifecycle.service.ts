import { DatabasePool } from '@balanza/postgres';
import { LOGGER, Readiness, type Logger } from '@balanza/runtime';
import { migrate, persist, TaskRunner } from '@balanza/tasks';
import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { DATABASE_URL } from './tasks.providers.js';

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
    private readonly pool: DatabasePool,
    @Inject(DATABASE_URL) private readonly databaseUrl: string,
    @Inject(LOGGER) private readonly logger: Logger,
    readiness: Readiness,
  ) {
    readiness.register('database', async () => {
      await this.pool.check();
      if (!this.runner.recovered) throw new Error('the tasks have not been taken up yet');
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
    await this.#stopped;
    await this.pool.close();
  }

  async #start(): Promise<void> {
    let warned = false;
    const { signal } = this.#ending;
    const onFailure = (error: unknown) => {
      if (!warned) this.logger.warn(`The database cannot be used yet (${String(error)}); trying on`);
      warned = true;
    };
    try {
      await persist(() => migrate(this.databaseUrl), { signal, onFailure });
      this.runner.start();
    } catch {
      // The app ended first.
    }
  }
}
