import { z } from 'zod';
import { jsonObject, jsonValue } from './json.js';

/** Seconds an entry lives when its writer does not say. */
export const DEFAULT_TTL_SECONDS = 30;

/** The longest TTL that is taken: one year. */
export const MAX_TTL_SECONDS = 31_536_000;

/** A key of the TTL cache. `status` is the path of the overview, so it cannot be a key. */
export const cacheKey = z
  .string('must be text')
  .min(1, 'must not be empty')
  .max(1024, 'must have at most 1024 characters');

/** A key that may be written. */
export const writableCacheKey = cacheKey.refine((key) => key !== 'status', {
  message: 'must not be "status", which is reserved for GET /cache/status; use another',
});

/** `POST /cache/:key`. */
export const cacheWrite = jsonObject({
  value: jsonValue.describe('Any JSON value'),
  ttl: z
    .number('must be a number of seconds')
    .positive('must be greater than 0 seconds')
    .max(MAX_TTL_SECONDS, `must be at most ${MAX_TTL_SECONDS} seconds`)
    .default(DEFAULT_TTL_SECONDS)
    .describe('Seconds to live'),
});
export type CacheWrite = z.infer<typeof cacheWrite>;

/** The answer to `POST /cache/:key`. */
export const cacheWritten = jsonObject({
  status: z.literal('ok', 'must be "ok"'),
  ttl: z.number('must be a number of seconds'),
});
export type CacheWritten = z.infer<typeof cacheWritten>;

/** The query of `GET /cache/:key`. */
export const cacheReadOptions = z.object({
  stale: z
    .enum(['true', 'false'], 'must be true or false')
    .optional()
    .describe('Whether an expired value that is still held is better than none'),
});
export type CacheReadOptions = z.infer<typeof cacheReadOptions>;

/** The answer to `GET /cache/:key`. With `?stale=true` an expired value that is still held comes with `stale: true`. */
export const cacheRead = jsonObject({
  value: jsonValue,
  cached: z.boolean('must be true or false'),
  stale: z.boolean('must be true or false').optional(),
});
export type CacheRead = z.infer<typeof cacheRead>;

/** The answer to `GET /cache/status`: one member per key. */
export const cacheStatus = z.record(
  z.string(),
  z.object({ valid: z.boolean(), remaining_seconds: z.number() }),
);
export type CacheStatus = z.infer<typeof cacheStatus>;
