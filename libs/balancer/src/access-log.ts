import type { Logger } from '@balanza/runtime';
import type { Balancer } from './balancer.js';
import type { BackendChecks } from './health/backend-checks.js';

/** Requests with this status or a higher one are always logged. */
const FAILED = 500;

/** Lowest status that the log wants to hear of. */
export function loggedFrom(accessLog: boolean): number {
  return accessLog ? 0 : FAILED;
}

/** One line per request, with the backend that served it, and which process that is. */
export function logRequests(
  { events }: Balancer,
  checks: Pick<BackendChecks, 'instanceOf'>,
  logger: Logger,
): void {
  events.on('end', ({ requestId, method, target, backend, status, startedAt, headAt }) => {
    const ms = headAt === 0 ? undefined : Math.round(headAt - startedAt);
    const instance = backend === undefined ? undefined : checks.instanceOf(backend);
    const served = { backend, backend_instance: instance };
    const line = { request_id: requestId, method, url: target, ...served, status, ms };
    if (status >= FAILED) logger.warn(line, 'failed');
    else logger.info(line, 'answered');
  });
  events.on('crash', (thread, error) =>
    logger.error({ err: error, thread }, 'A thread died; it is started again'),
  );
}
