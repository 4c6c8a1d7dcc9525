import type { Cells } from '../strategy.js';

const double = new Float64Array(1);
const halves = new Int32Array(double.buffer);

/** A number with a fraction, kept as the two halves of its 64 bits in cells of whole numbers. */
export class DoubleCell {
  readonly #cells: Cells;
  readonly #names: readonly [string, string];

  constructor(cells: Cells, name: string) {
    this.#cells = cells;
    this.#names = doubleCellNames(name);
  }

  /** 0 until it is set. */
  get value(): number {
    const [first, second] = this.#names;
    halves[0] = this.#cells.get(first) ?? 0;
    halves[1] = this.#cells.get(second) ?? 0;
    return double[0] ?? 0;
  }

  set value(value: number) {
    const [first, second] = this.#names;
    double[0] = value;
    this.#cells.set(first, halves[0] ?? 0);
    this.#cells.set(second, halves[1] ?? 0);
  }
}

/** The cells that a {@link DoubleCell} of this name needs. */
export function doubleCellNames(name: string): readonly [string, string] {
  return [`${name} 0`, `${name} 1`];
}
