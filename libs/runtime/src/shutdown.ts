import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Readiness } from './health/readiness.js';
import type { Logger } from './logging/logger.js';

/** How often connections that have become idle are looked for. */
const SWEEP_MS = 50;

/**
 * Ends an app in order: not ready → no new connections → what is in flight finishes → pools close.
 * After `timeoutMs` connections that are still open are cut.
 */
export async function shutDown(
  nest: NestFastifyApplication,
  timeoutMs: number,
  logger: Logger,
): Promise<void> {
  nest.get(Readiness).drain();
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
