import type { Backend } from '../strategy.js';

/**
 * What a backend counts as busy with where loads are compared. One that comes back and has something already counts as so much busier
 * that with one more request it has no more than its share of what the others have. With nothing in flight it is as idle as any other:
 * where each has less than one request there is no smaller part to give it, and how often it gets one is for slow start to
 * decide. A backend that is out keeps its place, as a request that comes to it may find out whether it still is.
 */
export function loadOf({ activeConnections, share = 1 }: Backend): number {
  if (share === 1 || share === 0 || activeConnections === 0) return activeConnections;
  return (activeConnections + 1) / share - 1;
}
