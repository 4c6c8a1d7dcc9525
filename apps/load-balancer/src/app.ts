import { balancerApp } from '@balanza/balancer';

export const loadBalancer = balancerApp('load-balancer', { internal: false });
