import { MAX_HEADER_BYTES } from '@balanza/runtime';
import { createServer, type RequestListener, type Server } from 'node:http';

const CLIENT_HEAD_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 75_000;
/** How often Node looks for heads that take too long. */
const CHECK_INTERVAL_MS = 1_000;

/** Whether the balancer answers this target itself; everything else belongs to its backends. */
export function isOwnTarget(target: string): boolean {
  const [path = ''] = target.split('?', 1);
  return path === '/status' || path.startsWith('/-/');
}

/** One port for both: the balancer's own routes go to Nest, and Nest never sees the rest. */
export function balancerServer(nest: RequestListener, proxy: RequestListener): Server {
  return createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: CLIENT_HEAD_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // A long upload is no error: what must not stall is its next piece.
      requestTimeout: 0,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
    },
    (request, response) =>
      isOwnTarget(request.url ?? '') ? nest(request, response) : proxy(request, response),
  );
}
