import { Ring } from './hash/ring.js';
import { perList } from './order/per-list.js';
import type { Backend, Strategy } from './strategy.js';

/** As in nginx. */
export const DEFAULT_POINTS_PER_WEIGHT = 160;

/**
 * Consistent hashing: each key has its backend, and a backend that comes or goes takes or leaves only its own share of
 * keys. Points and keys hash as nginx's `hash … consistent` does, so the two send the same key to the same backend.
 * What it keeps follows from the list alone: threads agree without sharing anything.
 *
 * @see Karger et al.: Consistent hashing and random trees, 1997
 * @see https://nginx.org/en/docs/http/ngx_http_upstream_module.html#hash
 */
export class RingHash<B extends Backend = Backend> implements Strategy<B> {
  readonly #ring: (backends: readonly B[]) => Ring<B>;

  /**
   * @param options.pointsPerWeight points on the ring for each unit of weight; more share keys more evenly, default 160
   */
  constructor({ pointsPerWeight = DEFAULT_POINTS_PER_WEIGHT }: { readonly pointsPerWeight?: number } = {}) {
    this.#ring = perList((backends) => new Ring(backends, pointsPerWeight));
  }

  prepare(backends: readonly B[]): void {
    this.#ring(backends);
  }

  candidates(backends: readonly B[], key = ''): Iterable<B> {
    return this.#ring(backends).clockwise(key);
  }
}
