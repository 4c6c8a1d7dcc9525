import { leastFirst } from './order/least-first.js';
import { loadOf } from './order/load-of.js';
import type { Backend, Strategy } from './strategy.js';

/**
 * The backend with the fewest active connections; ties go to the first listed. Weights do not count. It keeps nothing
 * itself, and looks at all backends for each request.
 *
 * @see https://nginx.org/en/docs/http/ngx_http_upstream_module.html#least_conn
 */
export class LeastConnections<B extends Backend = Backend> implements Strategy<B> {
  candidates(backends: readonly B[]): Iterable<B> {
    return leastFirst(backends, loadOf);
  }
}
