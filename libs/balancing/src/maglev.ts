import { authorityOf } from './hash/authority.js';
import { fillTable, preferenceOf } from './hash/maglev-table.js';
import { xxh64 } from './hash/xxhash.js';
import { eachOnce } from './order/each-once.js';
import { perList } from './order/per-list.js';
import type { Backend, Strategy } from './strategy.js';

/** As in the paper and in Envoy. */
export const DEFAULT_TABLE_SIZE = 65_537;

/**
 * Maglev hashing: each key has a slot in a table, and the backends share the slots almost exactly by weight, more
 * evenly than on a ring. A backend that comes or goes moves few keys but its own. Slots are given as Envoy gives them.
 * What it keeps follows from the list alone: threads agree without sharing anything.
 *
 * @see Eisenbud et al.: Maglev: A fast and reliable software network load balancer, 2016
 */
export class Maglev<B extends Backend = Backend> implements Strategy<B> {
  readonly #table: (backends: readonly B[]) => MaglevTable<B>;

  /** @param options.tableSize slots, a prime number well above the number of backends; default 65,537 */
  constructor({ tableSize = DEFAULT_TABLE_SIZE }: { readonly tableSize?: number } = {}) {
    this.#table = perList((backends) => new MaglevTable(backends, tableSize));
  }

  prepare(backends: readonly B[]): void {
    this.#table(backends);
  }

  candidates(backends: readonly B[], key = ''): Iterable<B> {
    return this.#table(backends).from(xxh64(key));
  }
}

/** The slots as shared among one list of backends. */
class MaglevTable<B extends Backend> {
  /** In an order that does not depend on the list's. */
  readonly #backends: readonly B[];
  readonly #slots: Int32Array;
  readonly #size: bigint;

  constructor(backends: readonly B[], size: number) {
    this.#backends = backends.toSorted((a, b) => (authorityOf(a.url) < authorityOf(b.url) ? -1 : 1));
    this.#slots = fillTable(
      this.#backends.map((backend) => preferenceOf(backend, size)),
      size,
    );
    this.#size = BigInt(size);
  }

  /** The backend of this hash's slot, then the others in the order in which they follow it. */
  from(hash: bigint): Iterable<B> {
    return eachOnce(this.#backends, this.#slots, Number(hash % this.#size));
  }
}
