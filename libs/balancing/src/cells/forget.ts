import type { Cells } from '../strategy.js';

/** Empties the cells of those that are gone. */
export function forgetAllBut(cells: Cells, names: ReadonlySet<string>): void {
  for (const name of cells.keys()) if (!names.has(name)) cells.delete(name);
}
