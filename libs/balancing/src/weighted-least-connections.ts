import { leastFirst } from './order/least-first.js';
import { loadOf } from './order/load-of.js';
import type { Backend, Strategy } from './strategy.js';

/**
 * The backend that would have the fewest active connections for its weight with this request: least
 * (active + 1) / weight, which is the shortest expected delay scheduling of the Linux Virtual Server and HAProxy's
 * `leastconn`. Ties go to the first listed. It keeps nothing itself, and looks at all backends for each request.
 *
 * @see http://kb.linuxvirtualserver.org/wiki/Shortest_Expected_Delay_Scheduling
 */
export class WeightedLeastConnections<B extends Backend = Backend> implements Strategy<B> {
  candidates(backends: readonly B[]): Iterable<B> {
    return leastFirst(backends, (backend) => (loadOf(backend) + 1) / backend.weight);
  }
}
