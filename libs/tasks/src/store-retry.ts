import { persist } from './persist.js';
import type { StoreOutage } from './store-outage.js';

/** Repeats what is to be done in the store until it succeeds; a {@link StoreOutage} says that the store is away and that it is back. */
export class StoreRetry {
  readonly #outage: StoreOutage;

  constructor(outage: StoreOutage) {
    this.#outage = outage;
  }

  /** @throws the signal's reason, once it is aborted */
  async run<T>(operation: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const run = {};
    try {
      const result = await persist(operation, {
        signal,
        onFailure: (error) => this.#outage.failed(run, error),
      });
      this.#outage.succeeded(run);
      return result;
    } finally {
      this.#outage.forget(run);
    }
  }
}
