import { messageOf } from './message-of.js';
import { persist } from './persist.js';

/** Repeats what is to be done in the store until it succeeds, and says once that the store is away, and once that it is back. */
export class StoreRetry {
  readonly #onState: (problem?: string) => void;
  #failing = false;

  /** @param onState called with the reason when the store stops working, and without one when it works again */
  constructor(onState: (problem?: string) => void) {
    this.#onState = onState;
  }

  /** @throws the signal's reason, once it is aborted */
  async run<T>(operation: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const result = await persist(operation, { signal, onFailure: (error) => this.#failed(error) });
    if (this.#failing) this.#onState();
    this.#failing = false;
    return result;
  }

  #failed(error: unknown): void {
    if (!this.#failing) this.#onState(messageOf(error));
    this.#failing = true;
  }
}
