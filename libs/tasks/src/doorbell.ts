/** Lets one loop rest until somebody rings; a ring while it does not rest is not lost. */
export class Doorbell {
  #rung = false;
  #answer: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#answer?.();
  }

  /** Resolves at the next ring. */
  async rest(): Promise<void> {
    if (!this.#rung) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#answer = resolve;
      await promise;
      this.#answer = undefined;
    }
    this.#rung = false;
  }
}
