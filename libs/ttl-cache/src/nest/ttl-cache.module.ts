import { CacheModule, type CacheManagerOptions } from '@nestjs/cache-manager';
import { Module, type DynamicModule } from '@nestjs/common';
import { TTL_CACHE_OPTIONS, type TtlCacheInterceptorOptions } from './options.js';
import { ResponseCache } from './response-cache.service.js';

/** Where responses are kept, and for how long. */
export interface TtlCacheModuleOptions extends TtlCacheInterceptorOptions {
  /** Where values are kept, as `@nestjs/cache-manager` takes it; `plainKeyv(new CacheClientStore(client))` here. */
  readonly stores: NonNullable<CacheManagerOptions['stores']>;
  /** Milliseconds that a value lives where no `@CacheTTL()` says otherwise. */
  readonly ttl?: number | undefined;
}

/** What `@UseInterceptors(TtlCacheInterceptor)` needs in the module of the controller. */
@Module({})
export class TtlCacheModule {
  static forRoot({ stores, ttl, ...options }: TtlCacheModuleOptions): DynamicModule {
    return {
      module: TtlCacheModule,
      imports: [CacheModule.register({ stores, ...(ttl === undefined ? {} : { ttl }) })],
      providers: [{ provide: TTL_CACHE_OPTIONS, useValue: options }, ResponseCache],
      exports: [CacheModule, TTL_CACHE_OPTIONS, ResponseCache],
    };
  }
}
