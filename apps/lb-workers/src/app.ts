import { balancerApp, listenForLoadReports, LoadModule } from '@balanza/balancer';

export const lbWorkers = balancerApp('lb-workers', {
  internal: true,
  imports: [LoadModule],
  configure: listenForLoadReports,
});
