import { SetMetadata, type CustomDecorator } from '@nestjs/common';

/** How the answers of one route, or of every route of a controller, may be cached. */
export interface CacheRules {
  /**
   * Whether each user has an answer of their own. The key then names the user, and a request without one is not
   * cached at all. Leave it out only where everybody gets the same answer.
   */
  readonly perUser?: boolean;
  /** Whether a value found in the cache is one that this route can have stored; anything else is a miss. */
  readonly accepts?: (value: unknown) => boolean;
}

/** Metadata key of {@link CacheRules}. */
export const CACHE_RULES = 'balanza:cache-rules';

/** Says how `TtlCacheInterceptor` treats a route; key and TTL come from `@CacheKey()` and `@CacheTTL()`. */
export function CacheRules(rules: CacheRules): CustomDecorator {
  return SetMetadata(CACHE_RULES, rules);
}
