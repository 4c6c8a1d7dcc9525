import { Module, type DynamicModule } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { HealthModule } from './health/health.module.js';
import { LOGGER } from './logging/tokens.js';
import type { Logger } from './logging/logger.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { APP_CONFIG, PROCESS_CONTEXT, type ProcessContext } from './process-context.js';

/** What a process knows of itself before Nest builds anything. */
export interface RuntimeModuleOptions {
  readonly context: ProcessContext;
  readonly logger: Logger;
  readonly appConfig: unknown;
  /** Where health and metrics live: `''`, or `'-'` on a balancer, which leaves every other path to its backends. */
  readonly prefix: string;
}

/** What every app has, available everywhere in it: its context, settings, logger, health and metrics. */
@Module({})
export class RuntimeModule {
  static forRoot({ context, logger, appConfig, prefix }: RuntimeModuleOptions): DynamicModule {
    const children = [HealthModule, MetricsModule];
    return {
      module: RuntimeModule,
      global: true,
      imports: [...children, ...(prefix === '' ? [] : [RouterModule.register([{ path: prefix, children }])])],
      providers: [
        { provide: PROCESS_CONTEXT, useValue: context },
        { provide: APP_CONFIG, useValue: appConfig },
        { provide: LOGGER, useValue: logger },
      ],
      exports: [PROCESS_CONTEXT, APP_CONFIG, LOGGER, HealthModule, MetricsModule],
    };
  }
}
