export { LeastConnections } from './least-connections.js';
export { RoundRobin } from './round-robin.js';
export { SmoothWeightedRoundRobin } from './smooth-weighted-round-robin.js';
export type { Backend, Cells, Strategy } from './strategy.js';
