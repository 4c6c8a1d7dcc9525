import type { z } from 'zod';
import { startApp, type AppDefinition, type RunningApp } from './application.js';
import { startHeartbeat } from './heartbeat.js';
import { explainStartFailure } from './start-failure.js';
import { releaseStartUpMemory } from './start-up-memory.js';
import { INTERRUPTION, listenForTermination } from './termination.js';

/** How long an app may take to leave what it has in hand to others before an error that nothing catches ends it. */
const LAST_WORDS_MS = 2_000;
/** Beyond `SHUTDOWN_TIMEOUT`, how long pools may take to close before the process is ended anyway. */
const EXIT_GRACE_MS = 1_500;

/**
 * Runs one app as this process: starts it, ends it on SIGTERM or SIGINT with exit code 0, and exits 1 with one
 * readable message when it cannot start. SIGTERM comes to a process of which others take over the requests, so it serves on for
 * `DRAIN_TIME` until they do; SIGINT, also after SIGTERM, comes with the end of the whole system, where there is nothing to wait for. A signal that comes while it starts ends it as soon as what it has begun can be undone: a
 * PostgreSQL that is half-way set up is set up to the end, and stopped.
 *
 * @param lastWords called when an error that nothing catches ends the process with exit code 1, in the asynchronous context of
 * that error; it may take 2 s
 */
export async function main<S extends z.ZodObject>(
  definition: AppDefinition<S>,
  lastWords?: (app: RunningApp) => Promise<void>,
): Promise<void> {
  const termination = listenForTermination();
  const whileStarting = () =>
    process.stderr.write(`${definition.name}: ${termination.reason}: ends as soon as its start allows\n`);
  whenAborted(termination, whileStarting);
  let app: RunningApp;
  try {
    app = await startApp(definition, undefined, termination);
  } catch (error) {
    if (error === termination.reason) process.exit(0);
    process.stderr.write(`${definition.name}: ${explainStartFailure(error)}\n`);
    process.exit(1);
  }
  termination.removeEventListener('abort', whileStarting);
  whenAborted(termination, () => end(app, termination.reason));
  if (lastWords !== undefined) {
    process.once('uncaughtException', (error) => void endOnError(app, error, lastWords));
  }
  releaseStartUpMemory();
  startHeartbeat();
}

function end(app: RunningApp, signal: NodeJS.Signals): void {
  app.logger.info(`${signal}: finishing what is in flight`);
  const { DRAIN_TIME, SHUTDOWN_TIMEOUT } = app.context.config;
  const drainMs = signal === 'SIGTERM' ? DRAIN_TIME * 1000 : 0;
  const exitAfter = (ms: number) => setTimeout(() => process.exit(1), ms).unref();
  const patienceMs = SHUTDOWN_TIMEOUT * 1000 + EXIT_GRACE_MS;
  exitAfter(drainMs + patienceMs);
  whenAborted(INTERRUPTION, () => exitAfter(patienceMs));
  app.stop(drainMs, INTERRUPTION).then(
    () => process.exit(0),
    (error: unknown) => {
      app.logger.error({ err: error }, 'Shutdown failed');
      process.exit(1);
    },
  );
}

async function endOnError(
  app: RunningApp,
  error: unknown,
  lastWords: (app: RunningApp) => Promise<void>,
): Promise<void> {
  setTimeout(() => process.exit(1), LAST_WORDS_MS);
  try {
    const said = lastWords(app);
    app.logger.fatal({ err: error }, 'An error that nothing catches ends the process');
    await said;
  } finally {
    process.exit(1);
  }
}

function whenAborted(signal: AbortSignal, listener: () => void): void {
  if (signal.aborted) listener();
  else signal.addEventListener('abort', listener, { once: true });
}
