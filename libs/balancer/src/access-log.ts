import type { Logger } from '@balanza/runtime';
import type { Balancer } from './balancer.js';

/** One line per request, with the backend that served it. */
export function logAnswers({ events }: Balancer, logger: Logger): void {
  events.on('end', ({ request, requestId, backend, status, milliseconds }) => {
    const { method, url } = request;
    const ms = Math.round(milliseconds);
    logger.info({ request_id: requestId, method, url, backend: backend?.url, status, ms }, 'answered');
  });
}
