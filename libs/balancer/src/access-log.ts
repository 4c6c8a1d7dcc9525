import type { Logger } from '@balanza/runtime';
import type { Balancer } from './balancer.js';
import type { BackendChecks } from './health/backend-checks.js';
import type { EndedRequest } from './plane/thread-messages.js';

/** Requests with this status or a higher one are always logged. */
const FAILED = 500;

/** Lowest status that the log wants to hear of. */
export function loggedFrom(accessLog: boolean): number {
  return accessLog ? 0 : FAILED;
}

/** One line per request, with the backend that served it and which process that is, and with the reason where something went wrong. */
export function logRequests(
  { events }: Balancer,
  checks: Pick<BackendChecks, 'instanceOf'>,
  logger: Logger,
): void {
  events.on('end', (request) => {
    const { backend, status, cut } = request;
    const line = lineOf(request, backend === undefined ? undefined : checks.instanceOf(backend));
    if (cut === 'backend') logger.warn(line, 'cut');
    else if (status >= FAILED) logger.warn(line, 'failed');
    else logger.info(line, cut === undefined ? 'answered' : 'cut');
  });
  events.on('crash', (thread, error) =>
    logger.error({ err: error, thread }, 'A thread died; it is started again'),
  );
}

/** The fields of a line; those without a value are left out. */
function lineOf(request: EndedRequest, instance: string | undefined) {
  const { requestId, method, target, backend, status, startedAt, headAt, cut, failure, attempts } = request;
  return {
    request_id: requestId,
    method,
    url: target,
    backend,
    backend_instance: instance,
    status,
    ms: headAt === 0 ? undefined : Math.round(headAt - startedAt),
    cut_by: cut,
    attempts: attempts > 1 ? attempts : undefined,
    error: failure?.error,
    reason: failure?.reason,
  };
}
