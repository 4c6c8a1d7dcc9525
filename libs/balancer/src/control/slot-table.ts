/** Which backend is to have which slot; nothing of it holds before {@link SlotTable.keep}. */
export interface SlotAssignment {
  /** By URL; those whose backend has left come first, the one that left first at the front. */
  readonly slots: ReadonlyMap<string, number>;
  /** Those that are there. Who is missing has found no slot. */
  readonly used: ReadonlySet<string>;
}

/**
 * Which backend has which place in the memory that the threads share. A backend keeps its slot as long as it is there,
 * and gets it back if it returns before another needed it.
 */
export class SlotTable {
  readonly #capacity: number;
  readonly #isBusy: (slot: number) => boolean;
  #now: SlotAssignment = { slots: new Map(), used: new Set() };

  /** @param isBusy whether requests of the backend that had the slot are still in flight */
  constructor(capacity: number, isBusy: (slot: number) => boolean) {
    this.#capacity = capacity;
    this.#isBusy = isBusy;
  }

  /** A slot for each of `urls` as far as there are any, and for nobody else any more. Changes nothing yet. */
  assign(urls: readonly string[]): SlotAssignment {
    const slots = new Map(this.#now.slots);
    const wanted = new Set(urls);
    for (const url of this.#now.used) {
      if (wanted.has(url)) continue;
      const slot = slots.get(url);
      slots.delete(url);
      if (slot !== undefined) slots.set(url, slot);
    }
    const used = new Set<string>();
    for (const url of urls) {
      const slot = slots.get(url) ?? this.#takeFree(slots, wanted);
      if (slot === undefined) continue;
      slots.delete(url);
      slots.set(url, slot);
      used.add(url);
    }
    return { slots, used };
  }

  /** From now on it is like this. */
  keep(assignment: SlotAssignment): void {
    this.#now = assignment;
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
