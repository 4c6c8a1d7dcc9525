import { embeddedDatabaseUrl, EmbeddedServer, EmbeddedServerError } from '@balanza/postgres';
import {
  APP_CONFIG,
  ConfigError,
  LOGGER,
  PROCESS_CONTEXT,
  type Logger,
  type ProcessContext,
} from '@balanza/runtime';
import { migrate } from '@balanza/tasks';
import { Inject, Injectable } from '@nestjs/common';
import type { DatabaseConfig } from './config.js';

/** The PostgreSQL behind this service: the one that `DATABASE_URL` names, or an embedded one. */
@Injectable()
export class PostgresServer {
  readonly url: string;
  readonly #embedded: EmbeddedServer | undefined;
  readonly #logger: Logger;

  constructor(
    @Inject(APP_CONFIG) { DATABASE_URL }: DatabaseConfig,
    @Inject(PROCESS_CONTEXT) { topology }: ProcessContext,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.#logger = logger;
    this.url = DATABASE_URL ?? embeddedDatabaseUrl(topology.postgres.port);
    if (DATABASE_URL !== undefined) return;
    this.#embedded = new EmbeddedServer({
      ...topology.postgres,
      onEvent: (level, message) => logger[level](message),
    });
  }

  /** Whether this process runs it: then it is up and migrated before anything listens. */
  get embedded(): boolean {
    return this.#embedded !== undefined;
  }

  /** @throws ConfigError when the embedded server cannot run; the message says what to do */
  async start(): Promise<void> {
    if (this.#embedded === undefined) return;
    try {
      await this.#embedded.start();
    } catch (error) {
      throw error instanceof EmbeddedServerError ? new ConfigError(error.message) : error;
    }
    await migrate(this.url);
    this.#logger.info('The embedded PostgreSQL runs');
  }

  async stop(): Promise<void> {
    await this.#embedded?.stop();
  }
}
