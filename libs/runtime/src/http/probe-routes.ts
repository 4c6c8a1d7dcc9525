import type { FastifyRequest } from 'fastify';

/** Whether the request is for health or metrics: open to whoever watches the process, and not worth a log line. */
export function isProbe({ routeOptions }: FastifyRequest): boolean {
  return /^\/(-\/)?(health\/|metrics$)/.test(routeOptions.url ?? '');
}
