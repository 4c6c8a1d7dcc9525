import { AsyncLocalStorage } from 'node:async_hooks';

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
  /**
   * What an item adds to its batch, and the most that a batch may have; an item may be more on its own. Asked once, when the
   * item is added: what it throws is the item's own failure.
   */
  readonly weightOf?: (item: Item) => number;
  readonly maxWeight?: number;
  /** Whether an error is due to some of the items: the batch is then done again in halves, until those are on their own. */
  readonly isItemFault?: (error: unknown) => boolean;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly weight: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers what is asked for in one turn of the event loop, and for as long as earlier batches are under way, and does it
 * at once: with a database behind it, many share one commit, and each still waits for its own. An item that is at fault
 * fails alone.
 */
export class Batcher<Item, Result> {
  readonly #options: BatcherOptions<Item, Result>;
  #waiting: Waiting<Item, Result>[] = [];
  /** What is done for many requests is done in the context of none: its log lines would carry the id of the first. */
  readonly #outside = AsyncLocalStorage.snapshot();
  #inFlight = 0;
  #scheduled = false;

  constructor(options: BatcherOptions<Item, Result>) {
    this.#options = options;
  }

  /** @throws as `run` and `weightOf` do */
  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      const weight = this.#options.weightOf?.(item) ?? 0;
      this.#waiting.push({ item, weight, resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#inFlight >= this.#options.maxInFlight) return;
    this.#scheduled = true;
    this.#outside(setImmediate, () => {
      this.#scheduled = false;
      while (this.#waiting.length > 0 && this.#inFlight < this.#options.maxInFlight)
        void this.#send(this.#take());
    });
  }

  /** Never rejects: the callers that wait get the error. */
  async #send(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    this.#inFlight++;
    await this.#run(batch);
    this.#inFlight--;
    if (this.#waiting.length > 0) this.#schedule();
  }

  /** At least one of what waits. Runs nothing of the options, so that it cannot fail. */
  #take(): Waiting<Item, Result>[] {
    const { maxItems, maxWeight = Infinity } = this.#options;
    let weight = 0;
    const end = this.#waiting.findIndex((waiting, index) => {
      weight += waiting.weight;
      return index > 0 && (index >= maxItems || weight > maxWeight);
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  async #run(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      await this.#runAll(batch);
    } catch (error) {
      if (batch.length === 1 || !this.#isItemFault(error)) {
        for (const { reject } of batch) reject(error);
        return;
      }
      const middle = batch.length >> 1;
      await this.#run(batch.slice(0, middle));
      await this.#run(batch.slice(middle));
    }
  }

  async #runAll(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    const { run, compare } = this.#options;
    const ordered = compare === undefined ? batch : batch.toSorted((a, b) => compare(a.item, b.item));
    const results = await run(ordered.map(({ item }) => item));
    if (results.length !== batch.length) {
      throw new Error(`A batch of ${batch.length} items gave ${results.length} results`);
    }
    for (const [index, { resolve }] of ordered.entries()) resolve(results[index] as Result);
  }

  #isItemFault(error: unknown): boolean {
    return this.#options.isItemFault?.(error) === true;
  }
}
