import { TtlCache } from '@balanza/ttl-cache';
import { Module, type DynamicModule } from '@nestjs/common';
import { CacheMetrics } from './cache-metrics.service.js';
import { CacheController } from './cache.controller.js';

/** Serves one {@link TtlCache} over HTTP, and counts what it does. */
@Module({})
export class AppModule {
  /** @param store what is served */
  static forRoot(store: TtlCache): DynamicModule {
    return {
      module: AppModule,
      controllers: [CacheController],
      providers: [{ provide: TtlCache, useValue: store }, CacheMetrics],
    };
  }
}
