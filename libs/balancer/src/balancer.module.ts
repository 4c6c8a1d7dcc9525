import { LOGGER, type Logger } from '@balanza/runtime';
import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { Balancer } from './balancer.js';
import { BalancerMetrics } from './balancer.metrics.js';
import { StatusController } from './status.controller.js';

/** What a balancer shows of itself: status and metrics. Requests to backends do not come through here. */
@Module({})
export class BalancerModule implements OnApplicationShutdown {
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
    @Inject(LOGGER) logger: Logger,
  ) {
    balancer.events.on('end', ({ backend, request, requestId, status, milliseconds }) => {
      if (status < 500 || backend === undefined) return;
      const { method, url } = request;
      logger.warn(
        { request_id: requestId, backend: backend.url, method, url, status, ms: Math.round(milliseconds) },
        'backend failed',
      );
    });
  }

  onApplicationShutdown(): Promise<void> {
    return this.balancer.close();
  }
}
