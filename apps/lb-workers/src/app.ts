import { balancerApp } from '@balanza/balancer';

export const lbWorkers = balancerApp('lb-workers', { internal: true, loadReports: true });
