import type { AppDefinition } from '@balanza/runtime';
import { TtlCache } from '@balanza/ttl-cache';
import { AppModule } from './app.module.js';
import { cacheConfig } from './config.js';

/** The TTL cache that all gateways share. */
export const cache: AppDefinition<typeof cacheConfig> = {
  name: 'cache',
  config: cacheConfig,
  internal: true,
  create(_context, config) {
    const store = new TtlCache({
      maxEntries: config.CACHE_MAX_ENTRIES,
      maxBytes: config.CACHE_MAX_BYTES,
      staleFor: config.CACHE_STALE_FOR,
    });
    return { module: AppModule.forRoot(store) };
  },
};
