export { EntryTooLargeError } from './errors.js';
export { SingleFlight } from './single-flight.js';
export { DEFAULT_MAX_BYTES, DEFAULT_MAX_ENTRIES, DEFAULT_STALE_FOR_SECONDS, TtlCache } from './ttl-cache.js';
export type { CacheCounts, EntryStatus, Found, TtlCacheOptions } from './ttl-cache.js';
