export { LeastConnections } from './least-connections.js';
export { PeakEwma, type PeakEwmaOptions } from './peak-ewma.js';
export { PowerOfTwo } from './power-of-two.js';
export { Random } from './random.js';
export { RoundRobin } from './round-robin.js';
export { SmoothWeightedRoundRobin } from './smooth-weighted-round-robin.js';
export type { Backend, Cells, Outcome, Strategy } from './strategy.js';
export { WeightedLeastConnections } from './weighted-least-connections.js';
