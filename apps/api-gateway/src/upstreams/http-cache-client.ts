import { cacheRead, cacheWritten, type CacheRead } from '@balanza/contracts';
import type { ServiceClient } from '@balanza/runtime';
import type { CacheClient } from '@balanza/ttl-cache/nest';
import { expectAnswer } from './expect-answer.js';

const NAME = 'The cache';

/** The cache app as a client of the contract sees it. Rejects when it cannot be asked; see `ServiceClient`. */
export class HttpCacheClient implements CacheClient {
  readonly #service: ServiceClient;

  constructor(service: ServiceClient) {
    this.#service = service;
  }

  async read(key: string, { stale } = { stale: false }): Promise<CacheRead> {
    const path = `${pathOf(key)}${stale ? '?stale=true' : ''}`;
    return expectAnswer(cacheRead, await this.#service.call({ method: 'GET', path }), NAME);
  }

  async write(key: string, value: unknown, ttl: number | undefined): Promise<void> {
    const body = { value, ttl };
    expectAnswer(cacheWritten, await this.#service.call({ method: 'POST', path: pathOf(key), body }), NAME);
  }

  async remove(key: string): Promise<void> {
    await this.#service.call({ method: 'DELETE', path: pathOf(key) });
  }
}

function pathOf(key: string): string {
  return `/cache/${encodeURIComponent(key)}`;
}
