import type { Cells } from '../strategy.js';

/** The cell that holds the place of a rotation: all that a {@link Rotation} needs. */
export const NEXT = 'next';

/** A place in the list of backends that goes round, kept from request to request. */
export class Rotation {
  readonly #cells: Cells;

  /** @param cells where the place is kept */
  constructor(cells: Cells = new Map()) {
    this.#cells = cells;
  }

  /** Where it is in a list of this length; 0 for an empty one. */
  startIn(length: number): number {
    return length === 0 ? 0 : (this.#cells.get(NEXT) ?? 0) % length;
  }

  /** It goes on behind this place. */
  pass(index: number): void {
    this.#cells.set(NEXT, index + 1);
  }
}
