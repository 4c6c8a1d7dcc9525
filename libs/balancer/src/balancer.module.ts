import { PROCESS_CONTEXT, type ProcessContext } from '@balanza/runtime';
import { Inject, Module, type BeforeApplicationShutdown, type DynamicModule } from '@nestjs/common';
import { Balancer } from './balancer.js';
import { BalancerMetrics } from './balancer.metrics.js';
import { StatusController } from './status.controller.js';

/** What a balancer shows of itself: status and metrics. Requests to backends do not come through here. */
@Module({})
export class BalancerModule implements BeforeApplicationShutdown {
  static forRoot(balancer: Balancer): DynamicModule {
    return {
      module: BalancerModule,
      global: true,
      controllers: [StatusController],
      providers: [{ provide: Balancer, useValue: balancer }, BalancerMetrics],
      exports: [Balancer],
    };
  }

  constructor(
    private readonly balancer: Balancer,
    @Inject(PROCESS_CONTEXT) private readonly context: ProcessContext,
  ) {}

  /** Clients first: until the last one is served, the balancer's own routes are too. */
  beforeApplicationShutdown(): Promise<void> {
    return this.balancer.close(this.context.config.SHUTDOWN_TIMEOUT * 1000);
  }
}
