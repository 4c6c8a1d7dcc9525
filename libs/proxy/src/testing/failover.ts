import {
  STRATEGIES,
  type Backend,
  type Outcome,
  type Strategy,
  type StrategyDefinition,
} from '@balanza/balancing';
import { BackendPool, DataPlane, simplePlan } from '@balanza/proxy';

/** The first backend of the list as long as it answers, the second when it failed last, and so on. */
export class Failover<B extends Backend> implements Strategy<B> {
  readonly #failed = new Set<string>();

  /** Best first. The balancer itself passes over those that it knows to be down. */
  *candidates(backends: readonly B[]): Iterable<B> {
    yield* backends.filter(({ url }) => !this.#failed.has(url));
    yield* backends.filter(({ url }) => this.#failed.has(url));
  }

  /** How each request went, for strategies that learn from it. */
  observe({ url }: B, { failed }: Outcome): void {
    if (failed) this.#failed.add(url);
    else this.#failed.delete(url);
  }

  /** What people see of it in `/status`. */
  inspect({ url }: B): { readonly failed: number } {
    return { failed: this.#failed.has(url) ? 1 : 0 };
  }
}

/** What others have to know of it. */
export const failover: StrategyDefinition = {
  advice: 'One backend serves, and the others stand by.',
  weighted: false,
  hashes: false,
  settings: [],
  cells: () => [],
  create: () => new Failover(),
};

/** A balancer that goes by it. */
export function failoverBetween(urls: readonly string[]): DataPlane {
  const plan = simplePlan({ strategy: 'failover', backends: urls.map((url) => ({ url })) });
  return new DataPlane({ pool: new BackendPool(plan, { strategies: { ...STRATEGIES, failover } }) });
}
