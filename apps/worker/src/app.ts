import type { AppDefinition } from '@balanza/runtime';
import { AppModule } from './app.module.js';
import { workerConfig } from './config.js';

/** The app that accepts tasks and runs them. */
export const worker: AppDefinition<typeof workerConfig> = {
  name: 'worker',
  config: workerConfig,
  internal: true,
  create: () => ({ module: AppModule }),
};
