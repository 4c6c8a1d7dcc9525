import { CACHE_MANAGER } from '@nestjs/cache-manager';
import { HttpException, Inject, Injectable, StreamableFile } from '@nestjs/common';
import type { Cache } from 'cache-manager';
import { SingleFlight } from '../single-flight.js';
import type { Found } from '../ttl-cache.js';
import { BoundedCache } from './bounded-cache.js';
import type { CacheOutcome } from './cache-outcome.js';
import { LastKnown } from './last-known.js';
import {
  DEFAULT_CACHE_TIMEOUT_MS,
  DEFAULT_PAUSE_MS,
  TTL_CACHE_OPTIONS,
  type TtlCacheInterceptorOptions,
} from './options.js';

/** One thing to be had through the cache. */
export interface Lookup {
  readonly key: string;
  /** Milliseconds; the cache's own default when undefined. */
  readonly ttlMs: number | undefined;
  /** Whether a value found under `key` is one that `produce` can have returned. */
  readonly accepts: (value: unknown) => boolean;
  /** Makes the value when the cache has none. */
  readonly produce: () => Promise<unknown>;
}

/** What a {@link Lookup} came to. */
export interface LookupResult {
  readonly value: unknown;
  readonly outcome: CacheOutcome;
}

/**
 * Answers from the cache, else from the source, else with the last value known. Concurrent look-ups of a key share
 * one. The cache failing is never a reason to fail.
 */
@Injectable()
export class ResponseCache {
  readonly #cache: BoundedCache;
  readonly #flights = new SingleFlight();
  readonly #lastKnown = new LastKnown();

  constructor(
    @Inject(CACHE_MANAGER) cache: Cache,
    @Inject(TTL_CACHE_OPTIONS) options: TtlCacheInterceptorOptions,
  ) {
    const { cacheTimeoutMs = DEFAULT_CACHE_TIMEOUT_MS, pauseMs = DEFAULT_PAUSE_MS } = options;
    this.#cache = new BoundedCache(cache, { timeoutMs: cacheTimeoutMs, pauseMs });
  }

  /** @throws what `produce` throws, unless an earlier value is known and the error is an outage */
  async fetch(lookup: Lookup): Promise<LookupResult> {
    let led = false;
    const result = await this.#flights.run(lookup.key, () => {
      led = true;
      return this.#lookUp(lookup);
    });
    if (led || isShareable(result.value)) return result;
    return { value: await lookup.produce(), outcome: 'miss' };
  }

  async #lookUp({ key, ttlMs, accepts, produce }: Lookup): Promise<LookupResult> {
    const cached = await this.#cache.get(key);
    if (cached !== undefined && accepts(cached.value)) {
      this.#lastKnown.set(key, cached.value);
      return { value: cached.value, outcome: 'hit' };
    }
    let value: unknown;
    try {
      value = await produce();
    } catch (error) {
      const known = isOutage(error) ? await this.#known(key, accepts) : undefined;
      if (known === undefined) throw error;
      return { value: known.value, outcome: 'stale' };
    }
    if (isShareable(value)) {
      this.#lastKnown.set(key, value);
      await this.#cache.set(key, value, ttlMs);
    }
    return { value, outcome: 'miss' };
  }

  async #known(key: string, accepts: Lookup['accepts']): Promise<Found | undefined> {
    const known = this.#lastKnown.get(key) ?? (await this.#cache.getStale(key));
    return known !== undefined && accepts(known.value) ? known : undefined;
  }
}

/** A stream can be read once; and nothing means that the handler answered by itself. */
function isShareable(value: unknown): boolean {
  return value !== undefined && !(value instanceof StreamableFile);
}

/** A refusal (4xx) is an answer, and an old value in its place would be wrong. */
function isOutage(error: unknown): boolean {
  return !(error instanceof HttpException) || error.getStatus() >= 500;
}
