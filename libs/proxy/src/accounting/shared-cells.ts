import type { Cells } from '@balanza/balancing';

/** The numbers of a strategy in memory that several threads share. The names are fixed when it is made. */
export class SharedCells implements Cells {
  readonly #slots: ReadonlyMap<string, number>;
  readonly #values: Int32Array;

  /** @param values one for each of `names`, in their order */
  constructor(names: readonly string[], values: Int32Array) {
    this.#slots = new Map(names.map((name, slot) => [name, slot]));
    this.#values = values;
  }

  get size(): number {
    return this.#slots.size;
  }

  keys(): Iterable<string> {
    return this.#slots.keys();
  }

  get(name: string): number | undefined {
    const slot = this.#slots.get(name);
    return slot === undefined ? undefined : Atomics.load(this.#values, slot);
  }

  set(name: string, value: number): void {
    const slot = this.#slots.get(name);
    if (slot === undefined) throw new RangeError(`there is no cell for ${name}`);
    Atomics.store(this.#values, slot, value);
  }

  delete(name: string): void {
    this.set(name, 0);
  }
}
