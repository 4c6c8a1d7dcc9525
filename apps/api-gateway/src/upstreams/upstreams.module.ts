import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import type { Upstreams } from './upstreams.js';

/** Injection token of the {@link Upstreams}. */
export const UPSTREAMS = Symbol('UPSTREAMS');

/** Makes the services behind a gateway available everywhere in it, and closes their connections at the end. */
@Module({})
export class UpstreamsModule implements OnApplicationShutdown {
  constructor(@Inject(UPSTREAMS) private readonly upstreams: Upstreams) {}

  static forRoot(upstreams: Upstreams): DynamicModule {
    return {
      module: UpstreamsModule,
      global: true,
      providers: [{ provide: UPSTREAMS, useValue: upstreams }],
      exports: [UPSTREAMS],
    };
  }

  /** After the last request has been answered, which may still need them. */
  async onApplicationShutdown(): Promise<void> {
    const { cache, database, microservices, workers } = this.upstreams;
    await Promise.all([cache, database, microservices, workers].map((service) => service.close()));
  }
}
