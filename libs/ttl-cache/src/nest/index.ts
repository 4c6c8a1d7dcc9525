export { CacheClientStore } from './cache-client-store.js';
export type { CacheClient, CacheClientRead } from './cache-client.js';
export { cacheOutcome, type CacheOutcome } from './cache-outcome.js';
export { CacheRules } from './cache-rules.decorator.js';
export { DEFAULT_CACHE_TIMEOUT_MS, DEFAULT_PAUSE_MS } from './options.js';
export type { TtlCacheInterceptorOptions } from './options.js';
export { plainKeyv } from './plain-keyv.js';
export { TtlCacheInterceptor } from './ttl-cache.interceptor.js';
export { TtlCacheModule, type TtlCacheModuleOptions } from './ttl-cache.module.js';
