import { balancerApp } from '@balanza/balancer';

export const lbMicroservices = balancerApp('lb-microservices', { internal: true });
