import type { Logger } from '@balanza/runtime';
import type { Balancer } from './balancer.js';

/** One line per request with the backend that served it; without `everything`, only those that failed. */
export function logRequests({ events }: Balancer, logger: Logger, everything: boolean): void {
  events.on('end', ({ requestId, method, target, backend, status, startedAt }) => {
    const failed = status >= 500;
    if (!failed && !everything) return;
    const ms = Math.round(performance.now() - startedAt);
    const line = { request_id: requestId, method, url: target, backend: backend?.url, status, ms };
    if (failed) logger.warn(line, 'failed');
    else logger.info(line, 'answered');
  });
}
