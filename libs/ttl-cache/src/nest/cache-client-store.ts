import { EventEmitter } from 'node:events';
import type { DeserializedData, KeyvStoreAdapter } from 'keyv';
import type { Found } from '../ttl-cache.js';
import type { CacheClient } from './cache-client.js';
import type { StaleStore } from './stale-store.js';

/**
 * Lets Keyv, and so `@nestjs/cache-manager`, keep values in the cache service.
 *
 * What is stored is the plain value under the plain key, so that anybody who asks the service reads it: Keyv's own
 * `{ value, expires }` is taken off on the way there and put back on the way here. Use it through {@link plainKeyv}.
 */
export class CacheClientStore extends EventEmitter implements KeyvStoreAdapter, StaleStore {
  readonly opts = {};
  namespace?: string | undefined;
  readonly #client: CacheClient;

  constructor(client: CacheClient) {
    super();
    this.#client = client;
  }

  async get<Value>(key: string): Promise<DeserializedData<Value> | undefined> {
    const { value, cached } = await this.#client.read(key);
    return cached ? { value: value as Value } : undefined;
  }

  async getStale(key: string): Promise<Found | undefined> {
    const { value, cached, stale = false } = await this.#client.read(key, { stale: true });
    return cached || stale ? { value } : undefined;
  }

  /** @param ttl milliseconds, as everywhere in Keyv */
  async set(key: string, { value }: DeserializedData<unknown>, ttl?: number): Promise<boolean> {
    await this.#client.write(key, value, ttl === undefined ? undefined : ttl / 1000);
    return true;
  }

  async delete(key: string): Promise<boolean> {
    await this.#client.remove(key);
    return true;
  }

  async has(key: string): Promise<boolean> {
    return (await this.#client.read(key)).cached;
  }

  /** The service is shared and cannot be emptied from here. */
  clear(): Promise<void> {
    return Promise.reject(new Error('The cache service cannot be cleared; delete single keys'));
  }
}
