import { beforeEach, describe, expect, it } from 'vitest';
import { EntryTooLargeError } from './errors.js';
import { TtlCache, type TtlCacheOptions } from './ttl-cache.js';

let time = 1;
const advance = (seconds: number) => {
  time += seconds * 1000;
};
const cacheOf = (options: TtlCacheOptions = {}) => new TtlCache({ now: () => time, ...options });

beforeEach(() => {
  time = 1;
});

describe('time to live', () => {
  it('reads a value until its TTL has passed, to the fraction of a second', () => {
    const cache = cacheOf();
    cache.set('a', { n: [1, null] }, 1.5);
    advance(1.499);
    expect(cache.get('a')).toEqual({ value: { n: [1, null] } });
    advance(0.001);
    expect(cache.get('a')).toBeUndefined();
  });

  it('starts anew when a value is replaced', () => {
    const cache = cacheOf();
    cache.set('a', 1, 10);
    advance(9);
    cache.set('a', 2, 10);
    advance(9);
    expect(cache.get('a')).toEqual({ value: 2 });
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a TTL of %s', (ttl) => {
    expect(() => cacheOf().set('a', 1, ttl)).toThrow(RangeError);
  });

  it('tells null from nothing', () => {
    const cache = cacheOf();
    cache.set('a', null, 1);
    expect([cache.get('a'), cache.get('b')]).toEqual([{ value: null }, undefined]);
  });
});

describe('stale reads', () => {
  it('keeps an expired value for the time it was told, and no longer', () => {
    const cache = cacheOf({ staleFor: 60 });
    cache.set('a', 'old', 1);
    advance(60.999);
    expect([cache.get('a'), cache.getStale('a')]).toEqual([undefined, { value: 'old' }]);
    advance(0.002);
    expect(cache.getStale('a')).toBeUndefined();
    expect([...cache.status()]).toEqual([]);
    expect([cache.size, cache.bytes]).toEqual([0, 0]);
  });

  it('does not let a read of an expired entry save it from eviction', () => {
    const cache = cacheOf({ maxEntries: 2 });
    cache.set('expired', 1, 1);
    cache.set('live', 2, 100);
    advance(2);
    cache.get('expired');
    cache.set('new', 3, 100);
    expect([...cache.status()].map(({ key }) => key)).toEqual(['new', 'live']);
  });
});

describe('bounds', () => {
  it('evicts the least recently used entry when there are too many', () => {
    const cache = cacheOf({ maxEntries: 2 });
    cache.set('a', 1, 10);
    cache.set('b', 2, 10);
    cache.get('a');
    cache.set('c', 3, 10);
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([{ value: 1 }, undefined, { value: 3 }]);
    expect(cache.counts).toEqual({ hits: 3, misses: 1, evictions: 1 });
  });

  it('counts the bytes of key and JSON, in UTF-8', () => {
    const cache = cacheOf({ maxBytes: 20 });
    cache.set('ñ', 'ñ', 10);
    expect(cache.bytes).toBe(2 + 4);
    cache.set('b', 'x'.repeat(14), 10);
    expect([cache.size, cache.bytes, cache.counts.evictions]).toEqual([1, 17, 1]);
  });

  it('refuses an entry bigger than the whole budget, and keeps what was there', () => {
    const cache = cacheOf({ maxBytes: 10 });
    cache.set('k', 1, 10);
    expect(() => cache.set('k', 'x'.repeat(8), 10)).toThrow(new EntryTooLargeError(11, 10));
    expect(cache.get('k')).toEqual({ value: 1 });
  });

  it('does not count replacing, deleting or expiring as an eviction', () => {
    const cache = cacheOf({ staleFor: 0 });
    cache.set('a', 1, 1);
    cache.set('a', 2, 1);
    expect([cache.delete('a'), cache.delete('a')]).toEqual([true, false]);
    cache.set('b', 1, 1);
    advance(2);
    expect([...cache.status()]).toEqual([]);
    expect(cache.counts.evictions).toBe(0);
  });
});

describe('status', () => {
  it('shows live and expired entries, never with a negative time', () => {
    const cache = cacheOf();
    cache.set('short', 1, 0.25);
    cache.set('long', 1, 30);
    advance(1);
    expect([...cache.status()]).toEqual([
      { key: 'long', valid: true, remainingSeconds: 29 },
      { key: 'short', valid: false, remainingSeconds: 0 },
    ]);
  });
});

describe('values', () => {
  it('cannot be changed by whoever wrote or read them', () => {
    const cache = cacheOf();
    const written = { list: [1] };
    cache.set('a', written, 10);
    written.list.push(2);
    const read = cache.get('a') as { value: typeof written };
    read.value.list.push(3);
    expect(cache.get('a')).toEqual({ value: { list: [1] } });
  });

  it.each(['__proto__', 'constructor', 'toString', ''])('takes %j as a key like any other', (key) => {
    const cache = cacheOf();
    expect(cache.get(key)).toBeUndefined();
    cache.set(key, 1, 10);
    expect(cache.get(key)).toEqual({ value: 1 });
  });

  it('refuses what JSON cannot say', () => {
    expect(() => cacheOf().set('a', undefined, 1)).toThrow(TypeError);
  });
});
