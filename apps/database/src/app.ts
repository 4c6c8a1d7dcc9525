import type { AppDefinition } from '@balanza/runtime';
import { AppModule } from './app.module.js';
import { databaseConfig } from './config.js';

export const database: AppDefinition<typeof databaseConfig> = {
  name: 'database',
  config: databaseConfig,
  internal: true,
  create: () => ({ module: AppModule }),
};
