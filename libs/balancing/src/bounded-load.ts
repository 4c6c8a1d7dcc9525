import { Ring } from './hash/ring.js';
import { perList } from './order/per-list.js';
import { DEFAULT_POINTS_PER_WEIGHT } from './ring-hash.js';
import type { Backend, Strategy } from './strategy.js';

/** A quarter above the fair share. */
export const DEFAULT_FACTOR = 1.25;

/** Settings of {@link BoundedLoad}. */
export interface BoundedLoadOptions {
  /** How many times its fair share of active connections a backend may have; above 1, default 1.25. */
  readonly factor?: number;
  /** As for {@link RingHash}. */
  readonly pointsPerWeight?: number;
}

/**
 * Consistent hashing with bounded loads: a key belongs to the first backend clockwise that has less than `factor` times
 * its fair share of all active connections, this request included. Fair is what each of those would have that are not out. Once all
 * that have room are used up, the full ones follow. It keeps nothing from request to request, and looks at all backends for each.
 *
 * @see Mirrokni, Thorup, Zadimoghaddam: Consistent hashing with bounded loads, 2016, https://arxiv.org/abs/1608.01350
 */
export class BoundedLoad<B extends Backend = Backend> implements Strategy<B> {
  readonly #ring: (backends: readonly B[]) => Ring<B>;
  readonly #factor: number;

  constructor({
    pointsPerWeight = DEFAULT_POINTS_PER_WEIGHT,
    factor = DEFAULT_FACTOR,
  }: BoundedLoadOptions = {}) {
    this.#ring = perList((backends) => new Ring(backends, pointsPerWeight));
    this.#factor = factor;
  }

  prepare(backends: readonly B[]): void {
    this.#ring(backends);
  }

  *candidates(backends: readonly B[], key = ''): Generator<B, void, undefined> {
    const ring = this.#ring(backends);
    let requests = 1;
    let capacity = 0;
    for (const backend of backends) {
      if (backend.share === 0) continue;
      requests += backend.activeConnections;
      capacity += capacityOf(backend);
    }
    const full: B[] = [];
    for (const backend of ring.clockwise(key)) {
      // As a quotient, which is exact where it matters: 1.1 * 10 is more than 11.
      const timesFair = (backend.activeConnections * capacity) / (requests * capacityOf(backend));
      // Who is out keeps its place: who meets it there may see whether it still is.
      if (backend.share === 0 || timesFair < this.#factor) yield backend;
      else full.push(backend);
    }
    yield* full;
  }
}

/** What it bears now, beside the others. */
function capacityOf({ weight, share = 1 }: Backend): number {
  return weight * share;
}
