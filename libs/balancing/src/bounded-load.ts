import { Ring } from './hash/ring.js';
import { perList } from './order/per-list.js';
import { DEFAULT_POINTS_PER_WEIGHT } from './ring-hash.js';
import type { Backend, Strategy } from './strategy.js';

/** A quarter above the fair share. */
export const DEFAULT_FACTOR = 1.25;

export interface BoundedLoadOptions {
  /** How many times its fair share of active connections a backend may have; above 1, default 1.25. */
  readonly factor?: number;
  /** As for {@link RingHash}. */
  readonly pointsPerWeight?: number;
  /**
   * The active connections of all backends together. Given by who counts them anyway, it saves a look at all backends
   * for each request.
   */
  readonly totalActive?: () => number;
}

/**
 * Consistent hashing with bounded loads: a key belongs to the first backend clockwise that has less than `factor` times
 * its fair share of all active connections, this request included. Once all that have room are used up, the full ones
 * follow. It keeps nothing from request to request.
 *
 * @see Mirrokni, Thorup, Zadimoghaddam: Consistent hashing with bounded loads, 2016, https://arxiv.org/abs/1608.01350
 */
export class BoundedLoad<B extends Backend = Backend> implements Strategy<B> {
  readonly #table: (backends: readonly B[]) => { readonly ring: Ring<B>; readonly weight: number };
  readonly #factor: number;
  readonly #totalActive: (() => number) | undefined;

  constructor(options: BoundedLoadOptions = {}) {
    const { pointsPerWeight = DEFAULT_POINTS_PER_WEIGHT, factor = DEFAULT_FACTOR, totalActive } = options;
    this.#table = perList((backends) => ({
      ring: new Ring(backends, pointsPerWeight),
      weight: backends.reduce((total, { weight }) => total + weight, 0),
    }));
    this.#factor = factor;
    this.#totalActive = totalActive;
  }

  *candidates(backends: readonly B[], key = ''): Generator<B, void, undefined> {
    const { ring, weight } = this.#table(backends);
    const requests = 1 + (this.#totalActive?.() ?? activeOf(backends));
    const full: B[] = [];
    for (const backend of ring.clockwise(key)) {
      const room = Math.ceil((this.#factor * requests * backend.weight) / weight);
      if (backend.activeConnections < room) yield backend;
      else full.push(backend);
    }
    yield* full;
  }
}

function activeOf(backends: readonly Backend[]): number {
  let total = 0;
  for (const { activeConnections } of backends) total += activeConnections;
  return total;
}
