import { balancerApp } from '@balanza/balancer';

/** The balancer in front of the workers, which report their load to it. */
export const lbWorkers = balancerApp('lb-workers', { internal: true, loadReports: true });
