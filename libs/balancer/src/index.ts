export { balancerApp } from './balancer-app.js';
export type { BalancerAppOptions } from './balancer-app.js';
export { balancerConfig } from './balancer.config.js';
