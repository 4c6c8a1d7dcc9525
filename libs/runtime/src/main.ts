import type { z } from 'zod';
import { startApp, type AppDefinition, type RunningApp } from './application.js';
import { explainStartFailure } from './start-failure.js';
import { releaseStartUpMemory } from './start-up-memory.js';

/** Beyond `SHUTDOWN_TIMEOUT`, how long pools may take to close before the process is ended anyway. */
const EXIT_GRACE_MS = 1_500;

/**
 * Runs one app as this process: starts it, ends it on SIGTERM or SIGINT with exit code 0, and exits 1 with one
 * readable message when it cannot start.
 */
export async function main<S extends z.ZodObject>(definition: AppDefinition<S>): Promise<void> {
  try {
    endOnSignal(await startApp(definition));
    releaseStartUpMemory();
  } catch (error) {
    process.stderr.write(`${definition.name}: ${explainStartFailure(error)}\n`);
    process.exit(1);
  }
}

function endOnSignal(app: RunningApp): void {
  let ending = false;
  const end = (signal: NodeJS.Signals) => {
    if (ending) return;
    ending = true;
    app.logger.info(`${signal}: finishing what is in flight`);
    const deadline = app.context.config.SHUTDOWN_TIMEOUT * 1000 + EXIT_GRACE_MS;
    setTimeout(() => process.exit(1), deadline).unref();
    app.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        app.logger.error({ err: error }, 'Shutdown failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}
