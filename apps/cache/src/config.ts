import { fields } from '@balanza/runtime';
import { DEFAULT_MAX_BYTES, DEFAULT_MAX_ENTRIES, DEFAULT_STALE_FOR_SECONDS } from '@balanza/ttl-cache';
import { z } from 'zod';

/** Environment variables of the cache. */
export const cacheConfig = z.object({
  /** Most entries held. */
  CACHE_MAX_ENTRIES: fields.integer({ min: 1, max: 1_000_000 }).default(DEFAULT_MAX_ENTRIES),
  /** Most bytes held, keys and values (as JSON) together. */
  CACHE_MAX_BYTES: fields.integer({ min: 1, max: 68_719_476_736 }).default(DEFAULT_MAX_BYTES),
  /** Seconds that an expired entry is kept for stale reads. */
  CACHE_STALE_FOR: fields.seconds({ max: 31_536_000 }).default(DEFAULT_STALE_FOR_SECONDS),
});
