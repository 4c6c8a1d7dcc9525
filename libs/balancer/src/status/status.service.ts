import { Injectable } from '@nestjs/common';
import { Balancer } from '../balancer.js';
import { ControlPlane } from '../control/control-plane.js';
import { BackendChecks } from '../health/backend-checks.js';
import { statusOf } from './backend-status.js';

/** How each backend is doing, put together from who knows what of it. */
@Injectable()
export class StatusService {
  constructor(
    private readonly balancer: Balancer,
    private readonly control: ControlPlane,
    private readonly checks: BackendChecks,
  ) {}

  /** In the order of the list. */
  all() {
    const { strategy, backends, waiting } = this.balancer;
    const names = new Map(this.control.backends.map(({ url, name }) => [url, name]));
    const allRequests = backends.reduce((sum, backend) => sum + backend.totals().requests, 0);
    return backends.map((backend) =>
      statusOf({
        backend,
        name: names.get(backend.url),
        instance: this.checks.instanceOf(backend.url),
        inspected: strategy.inspect?.(backend),
        allRequests,
        queue: waiting,
        lastCheck: this.checks.lastCheck(backend.url),
      }),
    );
  }
}
