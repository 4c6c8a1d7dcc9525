import { betterOfTwo } from './order/better-of-two.js';
import { loadOf } from './order/load-of.js';
import { perList } from './order/per-list.js';
import { Lottery } from './order/random-order.js';
import type { Backend, Strategy } from './strategy.js';

/**
 * Of two different backends, drawn by weight, the one with fewer active connections for its weight, as nginx's `random
 * two least_conn`. Nearly as even as looking at all of them, and balancers that know nothing of each other do not all
 * run to the same backend. It keeps nothing from request to request.
 *
 * @see Mitzenmacher: The power of two choices in randomized load balancing, 2001
 * @see https://nginx.org/en/docs/http/ngx_http_upstream_module.html#random
 */
export class PowerOfTwo<B extends Backend = Backend> implements Strategy<B> {
  readonly #lottery = perList((backends: readonly B[]) => new Lottery(backends));
  readonly #random: () => number;

  /** @param options.random uniform from 0 to below 1, such as `Math.random` */
  constructor({ random }: { readonly random: () => number }) {
    this.#random = random;
  }

  candidates(backends: readonly B[]): Iterable<B> {
    return betterOfTwo(
      this.#lottery(backends).order(this.#random),
      (backend) => loadOf(backend) / backend.weight,
    );
  }
}
