import { balancerApp } from '@balanza/balancer';

/** The balancer in front of the microservices. */
export const lbMicroservices = balancerApp('lb-microservices', { internal: true });
