import type { Found } from '../ttl-cache.js';

/** A store that can still answer with a value that has expired. */
export interface StaleStore {
  /** @throws when the store cannot be asked */
  getStale(key: string): Promise<Found | undefined>;
}

/** Whether `store` can answer stale. */
export function isStaleStore(store: unknown): store is StaleStore {
  return (
    typeof store === 'object' && store !== null && 'getStale' in store && typeof store.getStale === 'function'
  );
}
