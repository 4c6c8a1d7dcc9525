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
  *order(random: () => number): Generator<B, void, undefined> {
    const first = this.#draw(random());
    if (first === undefined) return;
    yield first;
    const drawn = new Set([first]);
    for (;;) {
      const next = this.#draw(random());
      // From here on drawing would take ever more tries.
      if (next === undefined || drawn.has(next)) break;
      drawn.add(next);
      yield next;
    }
    const others = this.#backends
      .filter((backend) => !drawn.has(backend))
      .map((backend) => ({ backend, time: exponentialClock(random(), backend.weight) }));
    others.sort((a, b) => a.time - b.time);
    for (const { backend } of others) yield backend;
  }

  /** The first whose sum exceeds that share of the total. */
  #draw(chance: number): B | undefined {
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
}
