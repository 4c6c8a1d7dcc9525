/** Anything with a share. */
interface Weighted {
  readonly weight: number;
}

/**
 * How long an exponential clock of rate `weight` takes to ring. Of many such clocks each rings first in proportion to
 * its weight, then each of the others to its own, and so on.
 *
 * @param chance uniform between 0 and 1
 * @see Efraimidis, Spirakis: Weighted random sampling with a reservoir, 2006
 */
export function exponentialClock(chance: number, weight: number): number {
  return -Math.log(chance) / weight;
}

/** Draws backends by their weights: one look costs the logarithm of how many there are. */
export class Lottery<B extends Weighted> {
  readonly #backends: readonly B[];
  /** The sum of the weights up to and with each. */
  readonly #sums: Float64Array;
  readonly #total: number;

  constructor(backends: readonly B[]) {
    let total = 0;
    this.#sums = Float64Array.from(backends, ({ weight }) => (total += weight));
    this.#total = total;
    this.#backends = backends;
  }

  /** Every backend once, as if each were drawn by weight among those that are left. */
  order(random: () => number): Iterable<B> {
    return new RandomOrder(this, random);
  }

  /** The first whose sum exceeds this share of the total. */
  draw(chance: number): B | undefined {
    const sums = this.#sums;
    const wanted = chance * this.#total;
    let low = 0;
    let high = sums.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sums[middle] ?? 0) > wanted) high = middle;
      else low = middle + 1;
    }
    return this.#backends[low];
  }

  /** All that were not drawn, in the order in which they would be. */
  others(drawn: readonly B[], random: () => number): IteratorObject<B, undefined> {
    const known = new Set(drawn);
    return this.#backends
      .filter((backend) => !known.has(backend))
      .map((backend) => ({ backend, time: exponentialClock(random(), backend.weight) }))
      .toSorted((a, b) => a.time - b.time)
      .map(({ backend }) => backend)
      .values();
  }
}

/** Written out, as a generator makes a pick take a third longer. */
class RandomOrder<B extends Weighted> implements IterableIterator<B, undefined> {
  readonly #lottery: Lottery<B>;
  readonly #random: () => number;
  /** So few that looking through them is quicker than a set: one is drawn twice before there are many. */
  readonly #drawn: B[] = [];
  #others: IteratorObject<B, undefined> | undefined;

  constructor(lottery: Lottery<B>, random: () => number) {
    this.#lottery = lottery;
    this.#random = random;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<B, undefined> {
    if (this.#others === undefined) {
      const value = this.#lottery.draw(this.#random());
      if (value !== undefined && !this.#drawn.includes(value)) {
        this.#drawn.push(value);
        return { done: false, value };
      }
      // From here on drawing would take ever more tries.
      this.#others = this.#lottery.others(this.#drawn, this.#random);
    }
    return this.#others.next();
  }
}
