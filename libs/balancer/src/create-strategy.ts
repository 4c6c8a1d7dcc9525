import { LeastConnections, RoundRobin, SmoothWeightedRoundRobin, type Strategy } from '@balanza/balancing';
import type { ProxiedBackend } from '@balanza/proxy';
import type { StrategyName } from '@balanza/topology';

/** The strategy that a topology calls by this name. */
export function createStrategy(name: StrategyName): Strategy<ProxiedBackend> {
  switch (name) {
    case 'round-robin':
      return new RoundRobin();
    case 'weighted-round-robin':
      return new SmoothWeightedRoundRobin();
    case 'least-connections':
      return new LeastConnections();
    default:
      return name satisfies never;
  }
}
