/** Lets concurrent callers that want the same thing share one call. */
export class SingleFlight {
  readonly #flights = new Map<string, Promise<unknown>>();

  /**
   * Calls `produce`, or joins the call that is already under way for `key`. Every caller gets the same result, or
   * the same error. Nothing is remembered once it is there.
   */
  run<T>(key: string, produce: () => Promise<T>): Promise<T> {
    const joined = this.#flights.get(key);
    if (joined !== undefined) return joined as Promise<T>;
    const flight = start(produce).finally(() => this.#flights.delete(key));
    this.#flights.set(key, flight);
    return flight;
  }

  /** Calls under way. */
  get size(): number {
    return this.#flights.size;
  }
}

/** A synchronous throw becomes a rejection, so that it too is shared and cleaned up. */
async function start<T>(produce: () => Promise<T>): Promise<T> {
  return produce();
}
