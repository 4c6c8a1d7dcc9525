import { AuthModule, type AuthOptions } from '@balanza/auth';
import { PROCESS_CONTEXT, Readiness, type ProcessContext } from '@balanza/runtime';
import { Inject, Module, type BeforeApplicationShutdown, type DynamicModule } from '@nestjs/common';
import { ControlService } from './api/control.service.js';
import { CONTROLLERS } from './api/controllers.js';
import { BalancerParts } from './balancer-parts.js';
import { Balancer } from './balancer.js';
import { BalancerMetrics } from './balancer.metrics.js';
import { ControlPlane } from './control/control-plane.js';
import { BackendChecks } from './health/backend-checks.js';
import { StatusController } from './status/status.controller.js';
import { StatusService } from './status/status.service.js';

/** What a balancer shows of itself, and how it is controlled. Requests to backends do not come through here. */
@Module({})
export class BalancerModule implements BeforeApplicationShutdown {
  /** @param auth how tokens of those who control it are checked; without it, nobody does */
  static forRoot(parts: BalancerParts, auth: AuthOptions | undefined): DynamicModule {
    return {
      module: BalancerModule,
      global: true,
      imports: auth === undefined ? [] : [AuthModule.forRoot(auth)],
      controllers: [StatusController, ...(auth === undefined ? [] : CONTROLLERS)],
      providers: [
        { provide: BalancerParts, useValue: parts },
        { provide: Balancer, useValue: parts.balancer },
        { provide: ControlPlane, useValue: parts.control },
        { provide: BackendChecks, useValue: parts.checks },
        StatusService,
        ControlService,
        BalancerMetrics,
      ],
      exports: [Balancer, ControlPlane],
    };
  }

  constructor(
    private readonly parts: BalancerParts,
    @Inject(PROCESS_CONTEXT) private readonly context: ProcessContext,
    readiness: Readiness,
  ) {
    readiness.onDrain(() => parts.balancer.leave());
  }

  /** Clients first: until the last one is served, the balancer's own routes are too. */
  beforeApplicationShutdown(): Promise<void> {
    return this.parts.close(this.context.config.SHUTDOWN_TIMEOUT * 1000);
  }
}
