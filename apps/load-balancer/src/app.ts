import { balancerApp } from '@balanza/balancer';

/** The main balancer, which clients reach: in front of the gateways. */
export const loadBalancer = balancerApp('load-balancer', { internal: false });
