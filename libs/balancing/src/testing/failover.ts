import type { Backend, Outcome, Strategy } from '@balanza/balancing';

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

const backends = [
  { url: 'http://127.0.0.1:5001', weight: 1, activeConnections: 0 },
  { url: 'http://127.0.0.1:5007', weight: 1, activeConnections: 0 },
];
const strategy = new Failover();
for (const backend of strategy.candidates(backends)) {
  const failed = backend.url.endsWith(':5001'); // where a request would be sent
  strategy.observe(backend, { durationMs: 12, failed });
  if (!failed) break;
}
export const order = [...strategy.candidates(backends)].map(({ url }) => url);
