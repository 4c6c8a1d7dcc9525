import { CACHE_KEY_METADATA, CACHE_TTL_METADATA } from '@nestjs/cache-manager';
import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { HttpAdapterHost, Reflector } from '@nestjs/core';
import { lastValueFrom, of, type Observable } from 'rxjs';
import { noteCacheOutcome } from './cache-outcome.js';
import { CACHE_RULES, type CacheRules } from './cache-rules.decorator.js';
import { TTL_CACHE_OPTIONS, userOfRequest, type TtlCacheInterceptorOptions } from './options.js';
import { ResponseCache } from './response-cache.service.js';

type PerRequest<T> = T | ((context: ExecutionContext) => T | Promise<T>);

/**
 * Answers GET requests through the cache of `@nestjs/cache-manager`.
 *
 * Reads `@CacheKey()`, `@CacheTTL()` (milliseconds) and `@CacheRules()`; without a key, the URL is the key. Beyond
 * Nest's own interceptor it shares one call among concurrent requests for a key, answers the last value known while
 * the handler fails with a server error, can keep users apart, and does not wait for a cache that hangs. The answer
 * carries `X-Cache: HIT`, `MISS` or `STALE`; `cacheOutcome()` tells an interceptor outside this one the same.
 *
 * Concurrent requests get the same object, so nothing outside this interceptor may change it.
 */
@Injectable()
export class TtlCacheInterceptor implements NestInterceptor {
  constructor(
    private readonly responses: ResponseCache,
    private readonly reflector: Reflector,
    private readonly adapterHost: HttpAdapterHost,
    @Inject(TTL_CACHE_OPTIONS) private readonly options: TtlCacheInterceptorOptions,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const rules = this.#metadata<CacheRules>(CACHE_RULES, context) ?? {};
    const key = this.#isGet(context) ? await this.#key(context, rules) : undefined;
    if (key === undefined) return next.handle();

    const { value, outcome } = await this.responses.fetch({
      key,
      ttlMs: await resolve(this.#metadata<PerRequest<number>>(CACHE_TTL_METADATA, context), context),
      accepts: rules.accepts ?? (() => true),
      produce: () => lastValueFrom(next.handle(), { defaultValue: undefined }),
    });
    const { httpAdapter } = this.adapterHost;
    httpAdapter.setHeader(context.switchToHttp().getResponse(), 'X-Cache', outcome.toUpperCase());
    noteCacheOutcome(context, outcome);
    return of(value);
  }

  #isGet(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return false;
    return this.adapterHost.httpAdapter.getRequestMethod(context.switchToHttp().getRequest()) === 'GET';
  }

  /** Undefined when the answer must not be cached. */
  async #key(context: ExecutionContext, { perUser = false }: CacheRules): Promise<string | undefined> {
    const named = this.#metadata<PerRequest<string | undefined>>(CACHE_KEY_METADATA, context);
    const key =
      named === undefined
        ? String(this.adapterHost.httpAdapter.getRequestUrl(context.switchToHttp().getRequest()))
        : await resolve(named, context);
    if (key === undefined || !perUser) return key;
    const user = (this.options.userOf ?? userOfRequest)(context);
    // In front and encoded, so that no path that a client chooses can spell another user's key.
    return user === undefined ? undefined : `user:${encodeURIComponent(user)}|${key}`;
  }

  // The decorators decide what a name holds, and every caller here says what its decorator takes.
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters
  #metadata<T>(name: string, context: ExecutionContext): T | undefined {
    return this.reflector.getAllAndOverride<T | undefined>(name, [context.getHandler(), context.getClass()]);
  }
}

async function resolve<T>(
  value: PerRequest<T> | undefined,
  context: ExecutionContext,
): Promise<T | undefined> {
  return isPerRequest(value) ? value(context) : value;
}

function isPerRequest<T>(
  value: PerRequest<T> | undefined,
): value is (context: ExecutionContext) => T | Promise<T> {
  return typeof value === 'function';
}
