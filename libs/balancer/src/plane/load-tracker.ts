import type { Cells } from '@balanza/balancing';
import type { LoadReport } from '@balanza/contracts';
import type { ProxiedBackend } from '@balanza/proxy';

/** What is remembered of each backend: who reports, who did before, and the number of the last report. */
const FACTS = ['instance', 'previous', 'sequence'] as const;
type Fact = (typeof FACTS)[number];

const cellOf = (url: string, fact: Fact) => `${url} ${fact}`;

/** The cells that a {@link LoadTracker} of these backends needs. */
export function loadCells(backends: readonly { readonly url: string }[]): string[] {
  return backends.flatMap(({ url }) => FACTS.map((fact) => cellOf(url, fact)));
}

/**
 * Keeps the background load of each backend as the backend itself last reported it. Reports are absolute and
 * numbered, so late and repeated ones are ignored, and lost ones are healed by the next.
 */
export class LoadTracker {
  readonly #backends: ReadonlyMap<string, ProxiedBackend>;
  readonly #cells: Cells;

  /** @param cells where it remembers, from {@link loadCells} where threads share it */
  constructor(backends: readonly ProxiedBackend[], cells: Cells = new Map<string, number>()) {
    this.#backends = new Map(backends.map((backend) => [backend.url, backend]));
    this.#cells = cells;
  }

  /** @returns whether the report was news */
  accept({ url, instance, sequence, active_tasks }: LoadReport): boolean {
    const backend = this.#backends.get(url);
    if (backend === undefined) return false;
    // 8 hexadecimal digits are the 32 bits of a cell. Sequences are kept one higher, as an empty cell is 0.
    const reporter = Number.parseInt(instance, 16) | 0;
    const known = this.#get(url, 'instance');
    const heard = this.#get(url, 'sequence');
    if (heard !== 0) {
      // What the instance before still says comes too late.
      if (reporter === this.#get(url, 'previous')) return false;
      if (reporter === known && sequence < heard) return false;
      if (reporter !== known) this.#set(url, 'previous', known);
    }
    this.#set(url, 'instance', reporter);
    this.#set(url, 'sequence', sequence + 1);
    backend.backgroundLoad = active_tasks;
    return true;
  }

  #get(url: string, fact: Fact): number {
    return this.#cells.get(cellOf(url, fact)) ?? 0;
  }

  #set(url: string, fact: Fact, value: number): void {
    this.#cells.set(cellOf(url, fact), value);
  }
}
