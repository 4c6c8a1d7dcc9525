import { leastFirst } from './order/least-first.js';
import { loadOf } from './order/load-of.js';
import { rotationOf, type TiesOptions } from './order/ties.js';
import type { Backend, Strategy } from './strategy.js';

/**
 * The backend that would have the fewest active connections for its weight with this request: least (active + 1) / weight, which is the
 * shortest expected delay scheduling of the Linux Virtual Server. Ties go to each in turn, or to the first listed. It looks at all
 * backends for each request.
 *
 * Others with a similar name differ where backends are idle: here the heaviest is the quickest, and gets the request. HAProxy's
 * `leastconn` sends it to any idle backend first, whatever the weights, and goes by (active + 1) / weight only where none is idle;
 * nginx's `least_conn` compares active / weight, and shares ties by weight.
 *
 * @see http://kb.linuxvirtualserver.org/wiki/Shortest_Expected_Delay_Scheduling
 */
export class WeightedLeastConnections<B extends Backend = Backend> implements Strategy<B> {
  readonly #rotation;

  constructor(options: TiesOptions = {}) {
    this.#rotation = rotationOf(options);
  }

  candidates(backends: readonly B[]): Iterable<B> {
    return leastFirst(backends, (backend) => (loadOf(backend) + 1) / backend.weight, this.#rotation);
  }
}
