/** How a {@link Batcher} does its work. */
export interface BatcherOptions<Item, Result> {
  /** Does the work for all items at once; the results are in their order. */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** The order of the items within their batch; that in which they came unless given. */
  readonly compare?: (a: Item, b: Item) => number;
  /** Most items in a batch. */
  readonly maxItems: number;
  /** Most batches under way; meanwhile items gather. */
  readonly maxInFlight: number;
  /** What an item adds to its batch, and the most that a batch may have; an item may be more on its own. */
  readonly weightOf?: (item: Item) => number;
  readonly maxWeight?: number;
  /** Whether an error is due to one of the items, so that the others deserve another try without it. */
  readonly isItemFault?: (error: unknown) => boolean;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers what is asked for in one turn of the event loop, and for as long as earlier batches are under way, and does it
 * at once: with a database behind it, many share one commit, and each still waits for its own.
 */
export class Batcher<Item, Result> {
  readonly #options: BatcherOptions<Item, Result>;
  #waiting: Waiting<Item, Result>[] = [];
  #inFlight = 0;
  #scheduled = false;

  constructor(options: BatcherOptions<Item, Result>) {
    this.#options = options;
  }

  /** @throws as `run` does */
  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#inFlight >= this.#options.maxInFlight) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      while (this.#waiting.length > 0 && this.#inFlight < this.#options.maxInFlight) void this.#send();
    });
  }

  async #send(): Promise<void> {
    const batch = this.#take();
    this.#inFlight++;
    await this.#run(batch);
    this.#inFlight--;
    if (this.#waiting.length > 0) this.#schedule();
  }

  #take(): Waiting<Item, Result>[] {
    const { maxItems, maxWeight = Infinity, weightOf = () => 0, compare } = this.#options;
    let weight = 0;
    let count = 0;
    for (const { item } of this.#waiting) {
      weight += weightOf(item);
      if (count > 0 && (count >= maxItems || weight > maxWeight)) break;
      count++;
    }
    const batch = this.#waiting.splice(0, count);
    return compare === undefined ? batch : batch.toSorted((a, b) => compare(a.item, b.item));
  }

  async #run(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#options.run(batch.map(({ item }) => item));
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result);
    } catch (error) {
      if (batch.length > 1 && this.#options.isItemFault?.(error) === true) {
        for (const waiting of batch) await this.#run([waiting]);
      } else for (const { reject } of batch) reject(error);
    }
  }
}
