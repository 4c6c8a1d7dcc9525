import {
  LeastConnections,
  RoundRobin,
  SmoothWeightedRoundRobin,
  type Cells,
  type Strategy,
} from '@balanza/balancing';
import type { ProxiedBackend } from '@balanza/proxy';
import type { BackendConfig, StrategyName } from '@balanza/topology';

/** The strategy that a topology calls by this name, keeping its numbers in `cells`. */
export function createStrategy(name: StrategyName, cells: Cells): Strategy<ProxiedBackend> {
  switch (name) {
    case 'round-robin':
      return new RoundRobin(cells);
    case 'weighted-round-robin':
      return new SmoothWeightedRoundRobin(cells);
    case 'least-connections':
      return new LeastConnections();
    default:
      return name satisfies never;
  }
}

/** The cells that {@link createStrategy} needs for this strategy. */
export function strategyCells(name: StrategyName, backends: readonly BackendConfig[]): string[] {
  switch (name) {
    case 'round-robin':
      return ['next'];
    case 'weighted-round-robin':
      return backends.map(({ url }) => url);
    case 'least-connections':
      return [];
    default:
      return name satisfies never;
  }
}
