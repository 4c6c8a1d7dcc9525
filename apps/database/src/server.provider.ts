import { EmbeddedServer, EmbeddedServerError } from '@balanza/postgres';
import {
  APP_CONFIG,
  ConfigError,
  LOGGER,
  PROCESS_CONTEXT,
  type Logger,
  type ProcessContext,
} from '@balanza/runtime';
import { migrate } from '@balanza/tasks';
import type { FactoryProvider } from '@nestjs/common';
import type { DatabaseConfig } from './config.js';

/** Injection token of the {@link Server}. */
export const SERVER = Symbol('SERVER');

/** The PostgreSQL behind this service. */
export interface Server {
  readonly url: string;
  /** Whether this process runs it; then it is up and migrated. */
  readonly embedded: boolean;
  stop(): Promise<void>;
}

/** The server that `DATABASE_URL` names, or an embedded one that is up before anything listens. */
export const serverProvider: FactoryProvider<Server> = {
  provide: SERVER,
  inject: [APP_CONFIG, PROCESS_CONTEXT, LOGGER],
  async useFactory(config: DatabaseConfig, { topology }: ProcessContext, logger: Logger): Promise<Server> {
    if (config.DATABASE_URL !== undefined) {
      return { url: config.DATABASE_URL, embedded: false, stop: () => Promise.resolve() };
    }
    const server = new EmbeddedServer({
      ...topology.postgres,
      onEvent: (level, message) => logger[level](message),
    });
    try {
      await server.start();
      await migrate(server.url);
    } catch (error) {
      await server.stop();
      throw error instanceof EmbeddedServerError ? new ConfigError(error.message) : error;
    }
    logger.info({ port: topology.postgres.port }, 'The embedded PostgreSQL runs');
    return { url: server.url, embedded: true, stop: () => server.stop() };
  },
};
