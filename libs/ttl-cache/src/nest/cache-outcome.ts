import type { ExecutionContext } from '@nestjs/common';

/** Where an answer came from: the cache, its own handler, or the last value known because the handler failed. */
export type CacheOutcome = 'hit' | 'miss' | 'stale';

const outcomes = new WeakMap<object, CacheOutcome>();

/** Notes the outcome on the request that `context` is about. */
export function noteCacheOutcome(context: ExecutionContext, outcome: CacheOutcome): void {
  outcomes.set(context.switchToHttp().getRequest<object>(), outcome);
}

/**
 * What the TTL cache did for the request that `context` is about, for an interceptor outside it that says so in the
 * answer. Undefined when the request never went through the cache.
 */
export function cacheOutcome(context: ExecutionContext): CacheOutcome | undefined {
  return outcomes.get(context.switchToHttp().getRequest<object>());
}
