import { AuthModule, type AuthOptions } from '@balanza/auth';
import { CacheClientStore, plainKeyv, TtlCacheModule } from '@balanza/ttl-cache/nest';
import { Module, type DynamicModule } from '@nestjs/common';
import type { GatewayConfig } from './config.js';
import { DataController } from './data/data.controller.js';
import { DataService } from './data/data.service.js';
import { LongtaskController } from './longtask/longtask.controller.js';
import { LongtaskEvents } from './longtask/longtask-events.service.js';
import { LongtaskService } from './longtask/longtask.service.js';
import { ProcessController } from './process/process.controller.js';
import { ProcessService } from './process/process.service.js';
import { HttpCacheClient } from './upstreams/http-cache-client.js';
import { UpstreamsModule } from './upstreams/upstreams.module.js';
import type { Upstreams } from './upstreams/upstreams.js';

/** What a gateway is made of: its settings, how it checks tokens, and whom it asks. */
export interface GatewayOptions {
  readonly auth: AuthOptions;
  readonly config: GatewayConfig;
  readonly upstreams: Upstreams;
}

/** The routes of a gateway, each behind the bearer guard. */
@Module({})
export class AppModule {
  static forRoot({ auth, config, upstreams }: GatewayOptions): DynamicModule {
    return {
      module: AppModule,
      imports: [
        AuthModule.forRoot(auth),
        UpstreamsModule.forRoot(upstreams),
        TtlCacheModule.forRoot({
          stores: plainKeyv(new CacheClientStore(new HttpCacheClient(upstreams.cache))),
          ttl: config.DATA_TTL * 1000,
          cacheTimeoutMs: config.CACHE_TIMEOUT * 1000,
        }),
      ],
      controllers: [DataController, ProcessController, LongtaskController],
      providers: [DataService, ProcessService, LongtaskService, LongtaskEvents],
    };
  }
}
