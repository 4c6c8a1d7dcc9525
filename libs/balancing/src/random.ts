import { perList } from './order/per-list.js';
import { Lottery } from './order/random-order.js';
import type { Backend, Strategy } from './strategy.js';

/** Any backend, as often as its weight says. It keeps nothing from request to request. */
export class Random<B extends Backend = Backend> implements Strategy<B> {
  readonly #lottery = perList((backends: readonly B[]) => new Lottery(backends));
  readonly #random: () => number;

  /** @param options.random uniform from 0 to below 1, such as `Math.random` */
  constructor({ random }: { readonly random: () => number }) {
    this.#random = random;
  }

  candidates(backends: readonly B[]): Iterable<B> {
    return this.#lottery(backends).order(this.#random);
  }
}
