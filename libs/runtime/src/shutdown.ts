import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { setTimeout as pause } from 'node:timers/promises';
import { Readiness } from './health/readiness.js';
import type { Logger } from './logging/logger.js';

/** How often connections that have become idle are looked for. */
const SWEEP_MS = 50;

/** How an app ends. */
export interface ShutdownOptions {
  /** How long it goes on accepting once it is not ready. */
  readonly drainMs: number;
  /** Cuts `drainMs` short; never unless given. */
  readonly interruption?: AbortSignal | undefined;
  /** After that, how long what is in flight has to finish. */
  readonly timeoutMs: number;
  readonly logger: Logger;
}

/**
 * Ends an app in order: not ready → `drainMs` in which it still serves → no new connections → what is in flight finishes → pools close.
 *
 * A request that meets a connection in the moment in which it closes is lost, and one that must not be repeated fails for its
 * client. So connections stay open for `drainMs`, each with `Connection: close` on its next response, until the balancers in front have
 * heard by their checks that nothing is to be sent here any more. `timeoutMs` later connections that are still open are cut.
 */
export async function shutDown(
  nest: NestFastifyApplication,
  { drainMs, interruption, timeoutMs, logger }: ShutdownOptions,
): Promise<void> {
  nest.get(Readiness).drain();
  if (drainMs > 0) await pause(drainMs, undefined, { signal: interruption }).catch(() => undefined);
  const server = nest.getHttpServer();
  const cut = setTimeout(() => {
    logger.warn(`Requests still in flight after ${timeoutMs} ms are cut`);
    server.closeAllConnections();
  }, timeoutMs);
  // A client keeps its connection when its last request has been answered, and would keep the server open with it.
  const sweep = setInterval(() => {
    if (!server.listening) server.closeIdleConnections();
  }, SWEEP_MS);
  try {
    await nest.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(cut);
  }
}
