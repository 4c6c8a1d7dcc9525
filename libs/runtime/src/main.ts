import { TopologyError } from '@balanza/topology';
import type { z } from 'zod';
import { startApp, type AppDefinition, type RunningApp } from './application.js';
import { ConfigError } from './config/config-error.js';
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
    process.stderr.write(`${definition.name}: ${explain(error)}\n`);
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

function explain(error: unknown): string {
  if (error instanceof ConfigError || error instanceof TopologyError) return error.message;
  const { code, port, address } = error as NodeJS.ErrnoException & { port?: number; address?: string };
  if (code === 'EADDRINUSE') return `port ${port} of ${address} is taken; stop what holds it or set PORT`;
  if (code === 'EACCES') return `port ${port} needs more rights than this user has; set PORT above 1023`;
  if (code === 'EADDRNOTAVAIL') return `${address} is not an address of this machine; set HOST`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
