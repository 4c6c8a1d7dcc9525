import { authorityOf } from './hash/authority.js';
import { xxh32 } from './hash/xxhash.js';
import { leastFirst } from './order/least-first.js';
import { perList } from './order/per-list.js';
import { exponentialClock } from './order/random-order.js';
import type { Backend, Strategy } from './strategy.js';

/**
 * Rendezvous hashing, or highest random weight: for each key every backend has a number that only the two determine,
 * and the best is chosen. A key's backend leaves it only when it goes, or for one that comes or gains weight. Shares
 * follow the weights exactly, without a table; but it looks at all backends for each request. It keeps nothing but the
 * backends' hashes.
 *
 * @see Thaler, Ravishankar: Using name-based mappings to increase hit rates, 1998
 * @see Schindelhauer, Schomaker: Weighted distributed hash tables, 2005, for the weights
 */
export class Rendezvous<B extends Backend = Backend> implements Strategy<B> {
  readonly #hashes = perList((backends: readonly B[]) =>
    Uint32Array.from(backends, ({ url }) => xxh32(authorityOf(url))),
  );

  prepare(backends: readonly B[]): void {
    this.#hashes(backends);
  }

  candidates(backends: readonly B[], key = ''): Iterable<B> {
    const hashes = this.#hashes(backends);
    const keyHash = xxh32(key);
    return leastFirst(backends, ({ weight }, index) =>
      exponentialClock((scatter(keyHash ^ (hashes[index] ?? 0)) + 0.5) / 2 ** 32, weight),
    );
  }
}

/** Spreads 32 bits so that each depends on all: the finalizer of MurmurHash3, https://github.com/aappleby/smhasher. */
function scatter(bits: number): number {
  let mixed = bits;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
