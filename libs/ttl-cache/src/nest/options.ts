import type { ExecutionContext } from '@nestjs/common';

/** Milliseconds that a request waits for the cache unless told otherwise. */
export const DEFAULT_CACHE_TIMEOUT_MS = 250;
/** Milliseconds that a cache which did not answer in time is left alone unless told otherwise. */
export const DEFAULT_PAUSE_MS = 1_000;

/** How `TtlCacheInterceptor` treats its cache and its users; every member has a default. */
export interface TtlCacheInterceptorOptions {
  /** Longest that one call to the cache may hold a request up, in milliseconds. */
  readonly cacheTimeoutMs?: number | undefined;
  /** How long nobody asks a cache that did not answer in time, in milliseconds. */
  readonly pauseMs?: number | undefined;
  /** Names the user of a request, for routes with `perUser`; the `sub` or `id` of `request.user` unless given. */
  readonly userOf?: ((context: ExecutionContext) => string | undefined) | undefined;
}

/** Injection token of {@link TtlCacheInterceptorOptions}. */
export const TTL_CACHE_OPTIONS = Symbol('TTL_CACHE_OPTIONS');

interface RequestWithUser {
  readonly user?: { readonly sub?: unknown; readonly id?: unknown };
}

/** The `sub`, or else the `id`, of `request.user`. */
export function userOfRequest(context: ExecutionContext): string | undefined {
  const { user } = context.switchToHttp().getRequest<RequestWithUser>();
  const id = user?.sub ?? user?.id;
  return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined;
}
