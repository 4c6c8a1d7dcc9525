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

/** Where the number of each name is. */
type Places = ReadonlyMap<string, number>;

/**
 * Where the cells of these backends are: that follows from their slots, so that threads agree on it without a word, whatever backends
 * come and go.
 *
 * @param namesOf the cells that some backends need; what it names for none is common to all
 * @throws RangeError when those are more than there is room for
 */
export function placesFor<B extends Slotted>(
  backends: readonly B[],
  namesOf: (backends: readonly B[]) => readonly string[],
): Places {
  const common = namesOf([]);
  const places = new Map(common.map((name, index) => [name, index]));
  if (places.size > COMMON_CELLS) throw tooMany(COMMON_CELLS);
  for (const backend of backends) {
    const own = namesOf([backend]).filter((name) => !places.has(name));
    if (own.length > CELLS_PER_SLOT) throw tooMany(CELLS_PER_SLOT);
    const start = COMMON_CELLS + backend.slot * CELLS_PER_SLOT;
    for (const [index, name] of own.entries()) places.set(name, start + index);
  }
  return places;
}

/** Makes every cell of this slot 0. */
export function clearCells(values: Int32Array, slot: number): void {
  const start = COMMON_CELLS + slot * CELLS_PER_SLOT;
  values.fill(0, start, start + CELLS_PER_SLOT);
}

/** Memory for cells. */
export interface CellMemory {
  /** As many as {@link cellNumbers} says. */
  readonly values: Int32Array;
  /** One number that says whose they are. */
  readonly holder: Int32Array;
}

const NO_MEMORY: CellMemory = { values: new Int32Array(0), holder: new Int32Array(1) };

/**
 * Named numbers in memory that several threads share. Where the memory is somebody else's by now, there is nothing in it, and nothing is
 * kept: that is so for a strategy of a thread that has not heard yet of two others after it.
 */
export class SharedCells implements Cells {
  #places: Places = new Map();
  #memory: CellMemory;
  #holder: number;

  /** @param memory none before {@link moveTo}, unless given */
  constructor(memory: CellMemory = NO_MEMORY) {
    this.#memory = memory;
    this.#holder = memory.holder[0] ?? 0;
  }

  /** Names the cells. @param places from {@link placesFor} */
  assign(places: Places): void {
    this.#places = places;
  }

  /** From now on its numbers are these, as long as they are of who holds them now. */
  moveTo(memory: CellMemory): void {
    this.#memory = memory;
    this.#holder = memory.holder[0] ?? 0;
  }

  get size(): number {
    return this.#places.size;
  }

  keys(): Iterable<string> {
    return this.#places.keys();
  }

  get(name: string): number | undefined {
    const place = this.#placeOf(name);
    return place === undefined ? undefined : Atomics.load(this.#memory.values, place);
  }

  /** A name that no cell has is of a backend that left; nothing is kept of it. */
  set(name: string, value: number): void {
    const place = this.#placeOf(name);
    if (place !== undefined) Atomics.store(this.#memory.values, place, value);
  }

  delete(name: string): void {
    this.set(name, 0);
  }

  #placeOf(name: string): number | undefined {
    return Atomics.load(this.#memory.holder, 0) === this.#holder ? this.#places.get(name) : undefined;
  }
}

function tooMany(limit: number): RangeError {
  return new RangeError(
    `a strategy may keep at most ${limit} numbers, for each backend and for all together`,
  );
}
