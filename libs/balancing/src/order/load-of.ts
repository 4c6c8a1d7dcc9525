import type { Backend } from '../strategy.js';

/**
 * What a backend counts as busy with where loads are compared. One that comes back counts as so much busier that with one more
 * request it has no more than its share of what the others have: Envoy divides the weight in the same way. Who is out keeps its place:
 * who meets it there may see whether it still is.
 *
 * @see https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/slow_start
 */
export function loadOf({ activeConnections, share = 1 }: Backend): number {
  return share === 1 || share === 0 ? activeConnections : (activeConnections + 1) / share - 1;
}
