import {
  cacheKey,
  cacheReadOptions,
  cacheWrite,
  writableCacheKey,
  type CacheRead,
  type CacheReadOptions,
  type CacheStatus,
  type CacheWrite,
  type CacheWritten,
} from '@balanza/contracts';
import { ContractException } from '@balanza/runtime';
import { EntryTooLargeError, TtlCache } from '@balanza/ttl-cache';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';

/** The cache on the wire, one path per key. */
@Controller('cache')
export class CacheController {
  constructor(private readonly cache: TtlCache) {}

  @Get('status')
  status(): CacheStatus {
    const entries = Array.from(
      this.cache.status(),
      ({ key, valid, remainingSeconds }) => [key, { valid, remaining_seconds: remainingSeconds }] as const,
    );
    // Defines members and never assigns them, so a key called __proto__ is one like any other.
    return Object.fromEntries(entries);
  }

  @Get(':key')
  read(
    @Param('key', { schema: cacheKey }) key: string,
    @Query({ schema: cacheReadOptions }) { stale }: CacheReadOptions,
  ): CacheRead {
    const live = this.cache.get(key);
    if (live !== undefined) return { value: live.value, cached: true };
    const old = stale === 'true' ? this.cache.getStale(key) : undefined;
    if (old !== undefined) return { value: old.value, cached: false, stale: true };
    return { value: null, cached: false };
  }

  @Post(':key')
  @HttpCode(200)
  write(
    @Param('key', { schema: writableCacheKey }) key: string,
    @Body({ schema: cacheWrite }) { value, ttl }: CacheWrite,
  ): CacheWritten {
    try {
      this.cache.set(key, value, ttl);
    } catch (error) {
      if (error instanceof EntryTooLargeError) throw new ContractException(413, error.message);
      throw error;
    }
    return { status: 'ok', ttl };
  }

  @Delete(':key')
  @HttpCode(204)
  delete(@Param('key', { schema: cacheKey }) key: string): void {
    this.cache.delete(key);
  }
}
