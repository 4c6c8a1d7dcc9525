export * from './apps.js';
export * from './errors.js';
export * from './load-topology.js';
export { originUrl } from './origin-url.js';
export { resolveTopology, portsOf, urlOf } from './topology.js';
export type { BalancerTopology, Replica, Topology } from './topology.js';
export { balancerMode, strategyName } from './schema.js';
export type { BackendConfig, StrategyName, TopologyFile } from './schema.js';
