/** Holds the latest of what is put into it, until it is taken. */
export class Latest<T> {
  #value: T | undefined;
  #wake: () => void = () => undefined;

  put(value: T): void {
    this.#value = value;
    this.#wake();
  }

  /** Resolves with what has been put since it was last taken, as soon as there is something; undefined once aborted. */
  async take(signal: AbortSignal): Promise<T | undefined> {
    if (this.#value === undefined && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const wake = () => resolve();
      this.#wake = wake;
      signal.addEventListener('abort', wake);
      await promise;
      signal.removeEventListener('abort', wake);
    }
    const value = signal.aborted ? undefined : this.#value;
    this.#value = undefined;
    return value;
  }
}
