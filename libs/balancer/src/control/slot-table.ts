/**
 * Which backend has which place in the memory that the threads share. A backend keeps its slot as long as it is there,
 * and gets it back if it returns before another needed it.
 */
export class SlotTable {
  readonly #capacity: number;
  readonly #isBusy: (slot: number) => boolean;
  /** By URL; those whose backend has left come first, the one that left first at the front. */
  #slots: ReadonlyMap<string, number> = new Map();
  #used: ReadonlySet<string> = new Set();

  /** @param isBusy whether requests of the backend that had the slot are still in flight */
  constructor(capacity: number, isBusy: (slot: number) => boolean) {
    this.#capacity = capacity;
    this.#isBusy = isBusy;
  }

  /**
   * A slot for each of `urls`, and for nobody else any more.
   *
   * @returns the slots in the order of `urls`; undefined when there are not enough free ones, and nothing changes
   */
  assign(urls: readonly string[]): readonly number[] | undefined {
    const slots = new Map(this.#slots);
    const wanted = new Set(urls);
    for (const url of this.#used) {
      if (wanted.has(url)) continue;
      const slot = slots.get(url);
      slots.delete(url);
      if (slot !== undefined) slots.set(url, slot);
    }
    const assigned: number[] = [];
    for (const url of urls) {
      const slot = slots.get(url) ?? this.#takeFree(slots, wanted);
      if (slot === undefined) return undefined;
      slots.delete(url);
      slots.set(url, slot);
      assigned.push(slot);
    }
    this.#slots = slots;
    this.#used = wanted;
    return assigned;
  }

  /** One that nobody ever had, or else that of the backend that left first. */
  #takeFree(slots: Map<string, number>, wanted: ReadonlySet<string>): number | undefined {
    if (slots.size < this.#capacity) return slots.size;
    for (const [url, slot] of slots) {
      if (wanted.has(url) || this.#isBusy(slot)) continue;
      slots.delete(url);
      return slot;
    }
    return undefined;
  }
}
