import { forgetAllBut } from './cells/forget.js';
import { perList } from './order/per-list.js';
import type { Backend, Cells, Strategy } from './strategy.js';

/**
 * Smooth weighted round robin, as in nginx: at each step every backend's current weight grows by its weight, the
 * highest current is chosen (ties go to the first listed) and pays the total back. Weights 5/1/1 give a a b a c a a
 * rather than a a a a a b c. It looks at all backends for each candidate.
 *
 * @see https://github.com/nginx/nginx/commit/52327e0627f49dbda1e8db695e63a4b0af4448b1
 */
export class SmoothWeightedRoundRobin<B extends Backend = Backend> implements Strategy<B> {
  /** Keyed by URL, so that a backend keeps its place when its weight changes. */
  readonly #current: Cells;
  readonly #begin = perList((backends: readonly B[]) => this.#checkWeights(backends));

  /** @param cells where the current weights are kept */
  constructor(cells: Cells = new Map()) {
    this.#current = cells;
  }

  *candidates(backends: readonly B[]): Iterable<B> {
    this.#forgetOthers(backends);
    this.#begin(backends);
    let left = backends;
    for (;;) {
      const chosen = this.#step(left);
      if (chosen === undefined) return;
      yield chosen;
      // It could not be used: take the step back, so that it is as if it had not been listed, and the others keep
      // their proportions. nginx has the same effect by leaving out dead peers before it chooses.
      this.#undo(left, chosen);
      left = left.filter((backend) => backend !== chosen);
    }
  }

  inspect(backend: B): { readonly current: number } {
    return { current: this.#currentOf(backend) };
  }

  #step(backends: readonly B[]): B | undefined {
    let chosen: B | undefined;
    let highest = -Infinity;
    let total = 0;
    for (const backend of backends) {
      const current = this.#add(backend, backend.weight);
      total += backend.weight;
      if (current > highest) [chosen, highest] = [backend, current];
    }
    if (chosen !== undefined) this.#add(chosen, -total);
    return chosen;
  }

  #undo(backends: readonly B[], chosen: B): void {
    this.#add(chosen, totalWeight(backends));
    for (const backend of backends) this.#add(backend, -backend.weight);
  }

  #currentOf({ url }: B): number {
    return this.#current.get(url) ?? 0;
  }

  #add(backend: B, amount: number): number {
    const current = this.#currentOf(backend) + amount;
    this.#current.set(backend.url, current);
    return current;
  }

  /**
   * After a change of weights, current weights that these weights could never lead to are forgotten: whoever had been spared by
   * weights of hundreds would be served alone, or not at all, for hundreds of requests. With all of them below the total, nobody
   * gets more than one request too many or too few in a cycle.
   */
  #checkWeights(backends: readonly B[]): void {
    const total = totalWeight(backends);
    if (backends.every((backend) => Math.abs(this.#currentOf(backend)) < total)) return;
    for (const { url } of backends) this.#current.set(url, 0);
  }

  #forgetOthers(backends: readonly B[]): void {
    if (this.#current.size > backends.length)
      forgetAllBut(this.#current, new Set(backends.map(({ url }) => url)));
  }
}

function totalWeight(backends: readonly Backend[]): number {
  return backends.reduce((total, { weight }) => total + weight, 0);
}
