import type { Change } from './journal.ts';

/** How many tasks a worker had in hand from one moment on, in ms since 1970, to the next one. */
interface Step {
  readonly from: number;
  readonly count: number;
}

/** How many tasks each worker had in hand at any time, by its port, as the database's journal has it. */
export class Counts {
  readonly #steps = new Map<number, Step[]>();

  constructor(journal: ReadonlyMap<string, readonly Change[]>) {
    const moves = [...journal.values()].flatMap(movesOf).toSorted((a, b) => a.at - b.at);
    for (const { at, worker, by } of moves) {
      const steps = this.#steps.get(worker) ?? [];
      steps.push({ from: at, count: (steps.at(-1)?.count ?? 0) + by });
      this.#steps.set(worker, steps);
    }
  }

  /** The fewest and the most that a worker had between two moments. */
  between(worker: number, from: number, to: number): { readonly least: number; readonly most: number } {
    const steps = this.#steps.get(worker) ?? [];
    const first = steps.findLastIndex((step) => step.from <= from);
    const after = steps.findIndex((step) => step.from > to);
    const counts = steps
      .slice(Math.max(0, first), after === -1 ? undefined : after)
      .map(({ count }) => count);
    if (first === -1) counts.push(0);
    return { least: Math.min(...counts), most: Math.max(...counts) };
  }
}

/** When a task came into a worker's hands, and went out of them. */
function movesOf(changes: readonly Change[]) {
  const moves: { at: number; worker: number; by: 1 | -1 }[] = [];
  let holder: number | undefined;
  for (const { at, status, worker } of changes) {
    const next = status === 'queued' || status === 'running' ? worker : undefined;
    if (next === holder) continue;
    if (holder !== undefined) moves.push({ at, worker: holder, by: -1 });
    if (next !== undefined) moves.push({ at, worker: next, by: 1 });
    holder = next;
  }
  return moves;
}
