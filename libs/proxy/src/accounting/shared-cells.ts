import type { Cells } from '@balanza/balancing';

/** Cells that one backend may have, and those that belong to none. */
export const CELLS_PER_SLOT = 8;
const COMMON_CELLS = 8;

/** Numbers that the cells of `capacity` slots take. */
export const cellNumbers = (capacity: number): number => COMMON_CELLS + capacity * CELLS_PER_SLOT;

/** A backend and its place in the memory that the threads share. */
export interface Slotted {
  readonly url: string;
  readonly slot: number;
}

/**
 * Named numbers in memory that several threads share. Where a name's number is follows from the backend's slot, so that threads
 * agree on it without a word, whatever backends come and go.
 */
export class SharedCells implements Cells {
  #places: ReadonlyMap<string, number> = new Map();
  readonly #values: Int32Array;

  /** @param values as many as {@link cellNumbers} says */
  constructor(values: Int32Array) {
    this.#values = values;
  }

  /**
   * Names the cells.
   *
   * @param namesOf the cells that some backends need; what it names for none is common to all
   * @throws RangeError when those are more than there is room for
   */
  assign<B extends Slotted>(backends: readonly B[], namesOf: (backends: readonly B[]) => readonly string[]) {
    const common = namesOf([]);
    const places = new Map(common.map((name, index) => [name, index]));
    if (places.size > COMMON_CELLS) throw tooMany(COMMON_CELLS);
    for (const backend of backends) {
      const own = namesOf([backend]).filter((name) => !places.has(name));
      if (own.length > CELLS_PER_SLOT) throw tooMany(CELLS_PER_SLOT);
      const start = COMMON_CELLS + backend.slot * CELLS_PER_SLOT;
      for (const [index, name] of own.entries()) places.set(name, start + index);
    }
    this.#places = places;
  }

  /** Makes every cell of this slot 0. */
  clearSlot(slot: number): void {
    const start = COMMON_CELLS + slot * CELLS_PER_SLOT;
    this.#values.fill(0, start, start + CELLS_PER_SLOT);
  }

  /** Makes every cell 0. */
  clear(): void {
    this.#values.fill(0);
  }

  get size(): number {
    return this.#places.size;
  }

  keys(): Iterable<string> {
    return this.#places.keys();
  }

  get(name: string): number | undefined {
    const place = this.#places.get(name);
    return place === undefined ? undefined : Atomics.load(this.#values, place);
  }

  /** A name that no cell has is of a backend that left; nothing is kept of it. */
  set(name: string, value: number): void {
    const place = this.#places.get(name);
    if (place !== undefined) Atomics.store(this.#values, place, value);
  }

  delete(name: string): void {
    this.set(name, 0);
  }
}

function tooMany(limit: number): RangeError {
  return new RangeError(
    `a strategy may keep at most ${limit} numbers, for each backend and for all together`,
  );
}
