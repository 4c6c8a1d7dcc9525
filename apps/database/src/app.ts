import type { AppDefinition } from '@balanza/runtime';
import { AppModule } from './app.module.js';
import { databaseConfig } from './config.js';
import { PostgresServer } from './postgres-server.service.js';

/** The app in front of PostgreSQL, which in the lab it also starts. */
export const database: AppDefinition<typeof databaseConfig> = {
  name: 'database',
  config: databaseConfig,
  internal: true,
  create: () => ({
    module: AppModule,
    // Not in a provider: Nest would log its failure once more, with a stack.
    configure: (app) => app.get(PostgresServer).start(),
  }),
};
