import { leastFirst } from './order/least-first.js';
import { loadOf } from './order/load-of.js';
import { rotationOf, type TiesOptions } from './order/ties.js';
import type { Backend, Strategy } from './strategy.js';

/**
 * The backend with the fewest active connections; ties go to each in turn, or to the first listed. nginx and HAProxy rotate as well, so
 * that backends share the requests also where there is only one at a time. Weights do not count. It looks at all backends for each
 * request.
 *
 * @see https://nginx.org/en/docs/http/ngx_http_upstream_module.html#least_conn
 */
export class LeastConnections<B extends Backend = Backend> implements Strategy<B> {
  readonly #rotation;

  constructor(options: TiesOptions = {}) {
    this.#rotation = rotationOf(options);
  }

  candidates(backends: readonly B[]): Iterable<B> {
    return leastFirst(backends, loadOf, this.#rotation);
  }
}
