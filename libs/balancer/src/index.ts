export { balancerApp } from './balancer-app.js';
export type { BalancerAppOptions } from './balancer-app.js';
export { balancerConfig } from './balancer.config.js';
export { Balancer } from './balancer.js';
export { LoadTracker } from './load/load-tracker.js';
export { listenForLoadReports, LoadModule } from './load/load.module.js';
