import { Logger } from '@nestjs/common';
import { createCache } from 'cache-manager';
import { Keyv } from 'keyv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BoundedCache } from './bounded-cache.js';

beforeAll(() => Logger.overrideLogger(false));
afterAll(() => Logger.overrideLogger(['log']));

/** A store whose every call does what it is told, and counts. */
class FickleStore extends Map<string, unknown> {
  calls = 0;
  behave: () => Promise<void> = () => Promise.resolve();

  override get(): never {
    return this.#answer(undefined) as never;
  }
  override set(): never {
    return this.#answer(true) as never;
  }
  getStale(): Promise<unknown> {
    return this.#answer({ value: 'old' });
  }

  async #answer(value: unknown): Promise<unknown> {
    this.calls++;
    await this.behave();
    return value;
  }
}

function boundedCache(pauseMs: number, timeoutMs = 20) {
  const store = new FickleStore();
  const keyv = new Keyv({ store, throwOnErrors: true, emitErrors: false });
  return { store, cache: new BoundedCache(createCache({ stores: [keyv] }), { timeoutMs, pauseMs }) };
}

const never = () => new Promise<void>(() => undefined);

describe('a store that fails', () => {
  it('is like an empty one', async () => {
    const { store, cache } = boundedCache(0);
    store.behave = () => Promise.reject(new Error('down'));
    expect([await cache.get('k'), await cache.set('k', 1, 1), await cache.getStale('k')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(store.calls).toBe(3);
  });
});

it.each([Infinity, 30 * 86_400_000])(
  'a store may take its time where %d ms are allowed',
  async (timeoutMs) => {
    const { store, cache } = boundedCache(60_000, timeoutMs);
    store.behave = () => new Promise((resolve) => setTimeout(resolve, 20));
    expect(await cache.getStale('k')).toEqual({ value: 'old' });
  },
);

describe('a store that hangs', () => {
  it('is waited for no longer than the limit, and then left alone', async () => {
    const { store, cache } = boundedCache(60_000);
    store.behave = never;
    expect(await cache.get('k')).toBeUndefined();
    await cache.set('k', 1, 1);
    expect(await cache.getStale('k')).toBeUndefined();
    expect(store.calls).toBe(1);
  });

  it('is asked again after the pause', async () => {
    const { store, cache } = boundedCache(0);
    store.behave = never;
    await cache.get('k');
    store.behave = () => Promise.resolve();
    expect(await cache.getStale('k')).toEqual({ value: 'old' });
  });
});
