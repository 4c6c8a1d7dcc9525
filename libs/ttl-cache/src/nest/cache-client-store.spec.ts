import { createCache } from 'cache-manager';
import { beforeEach, describe, expect, it } from 'vitest';
import { TtlCache } from '../ttl-cache.js';
import type { CacheClient, CacheClientRead } from './cache-client.js';
import { CacheClientStore } from './cache-client-store.js';
import { plainKeyv } from './plain-keyv.js';

/** The cache service without the wire. */
class LocalClient implements CacheClient {
  readonly content = new TtlCache({ now: () => this.time });
  readonly ttls: (number | undefined)[] = [];
  time = 1;
  failure: Error | undefined;

  async read(key: string, options?: { stale: boolean }): Promise<CacheClientRead> {
    this.#check();
    const live = this.content.get(key);
    if (live !== undefined) return { ...live, cached: true };
    const old = options?.stale === true ? this.content.getStale(key) : undefined;
    return old === undefined ? { value: null, cached: false } : { ...old, cached: false, stale: true };
  }
  async write(key: string, value: unknown, ttl: number | undefined): Promise<void> {
    this.#check();
    this.ttls.push(ttl);
    this.content.set(key, value, ttl ?? 30);
  }
  async remove(key: string): Promise<void> {
    this.#check();
    this.content.delete(key);
  }
  #check(): void {
    if (this.failure !== undefined) throw this.failure;
  }
}

let client: LocalClient;
let store: CacheClientStore;
beforeEach(() => {
  client = new LocalClient();
  store = new CacheClientStore(client);
});
const cacheManager = () => createCache({ stores: [plainKeyv(store)] });

describe('through cache-manager', () => {
  it.each([['text'], [0], [null], [{ value: 1, expires: 2 }]])(
    'stores %j as it is, under the plain key',
    async (value) => {
      const cache = cacheManager();
      await cache.set('my_data', value, 1_500);
      expect(client.content.get('my_data')).toEqual({ value });
      expect(client.ttls).toEqual([1.5]);
      expect(await cache.get('my_data')).toEqual(value);
    },
  );

  it('reads what somebody else has put there', async () => {
    client.content.set('my_data', 'theirs', 10);
    expect(await cacheManager().get('my_data')).toBe('theirs');
  });

  it('leaves the TTL to the service where none is given', async () => {
    await cacheManager().set('k', 1);
    expect(client.ttls).toEqual([undefined]);
  });

  it('misses, deletes, and tells whether there is a value', async () => {
    const cache = cacheManager();
    expect(await cache.get('k')).toBeUndefined();
    await cache.set('k', 1);
    expect(await store.has('k')).toBe(true);
    expect(await cache.del('k')).toBe(true);
    expect([await store.has('k'), await cache.get('k')]).toEqual([false, undefined]);
  });

  it('rejects a write, and takes a read for a miss, when the service cannot be asked', async () => {
    client.failure = new Error('down');
    const cache = cacheManager();
    expect(await cache.get('k')).toBeUndefined();
    await expect(cache.set('k', 1)).rejects.toThrow('down');
    await expect(cache.del('k')).rejects.toThrow('down');
  });
});

describe('stale reads', () => {
  it('answer live and expired values, and nothing else', async () => {
    client.content.set('live', 1, 10);
    client.content.set('expired', null, 1);
    client.time += 2_000;
    expect([
      await store.getStale('live'),
      await store.getStale('expired'),
      await store.getStale('none'),
    ]).toEqual([{ value: 1 }, { value: null }, undefined]);
  });
});

it('does not empty what others use too', async () => {
  await expect(store.clear()).rejects.toThrow('The cache service cannot be cleared; delete single keys');
});
