import { Logger } from '@nestjs/common';
import type { Cache } from 'cache-manager';
import type { Found } from '../ttl-cache.js';
import { isStaleStore } from './stale-store.js';

/** How much patience a {@link BoundedCache} has, in milliseconds. */
export interface BoundedCacheOptions {
  readonly timeoutMs: number;
  readonly pauseMs: number;
}

/** Longest that a timer of Node waits; it takes what is longer, `Infinity` included, for 1 ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const TIMED_OUT = Symbol('TIMED_OUT');

/**
 * A cache whose trouble is nobody else's: no call rejects, and none takes longer than `timeoutMs`. After one that
 * did, the cache is left alone for `pauseMs`, so that a cache that hangs does not slow every request down.
 */
export class BoundedCache {
  readonly #cache: Cache;
  readonly #options: BoundedCacheOptions;
  readonly #logger = new Logger(BoundedCache.name);
  #pausedUntil = 0;

  constructor(cache: Cache, options: BoundedCacheOptions) {
    this.#cache = cache;
    this.#options = options;
  }

  /** The live value; undefined when there is none, or none that can be had now. */
  async get(key: string): Promise<Found | undefined> {
    const value = await this.#attempt('read', () => this.#cache.get<unknown>(key));
    return value === undefined ? undefined : { value };
  }

  /** The value even if it has expired, from the first store that can answer so. */
  async getStale(key: string): Promise<Found | undefined> {
    const stores = this.#cache.stores.map(({ store }): unknown => store);
    const store = stores.find(isStaleStore);
    return store === undefined ? undefined : this.#attempt('read', () => store.getStale(key));
  }

  /** @param ttlMs milliseconds; the cache's own default when undefined */
  async set(key: string, value: unknown, ttlMs: number | undefined): Promise<void> {
    await this.#attempt('write', () => this.#cache.set(key, value, ttlMs));
  }

  async #attempt<T>(what: string, call: () => Promise<T>): Promise<T | undefined> {
    if (performance.now() < this.#pausedUntil) return undefined;
    const { timeoutMs, pauseMs } = this.#options;
    const timeout = Promise.withResolvers<typeof TIMED_OUT>();
    const timer = setTimeout(timeout.resolve, Math.min(timeoutMs, MAX_TIMER_MS), TIMED_OUT);
    try {
      const result = await Promise.race([call(), timeout.promise]);
      if (result !== TIMED_OUT) return result;
      this.#pausedUntil = performance.now() + pauseMs;
      this.#logger.warn(`Cache ${what} took over ${timeoutMs} ms; the cache is left alone for ${pauseMs} ms`);
    } catch (error) {
      this.#logger.warn(`Cache ${what} failed: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      clearTimeout(timer);
    }
    return undefined;
  }
}
