import type { Cells } from '@balanza/balancing';
import type { LoadReport } from '@balanza/contracts';
import type { ProxiedBackend } from '@balanza/proxy';

/** Processes before the one that reports which are still known, so that what they said late is not taken for news. */
const EARLIER = ['earlier 1', 'earlier 2', 'earlier 3', 'earlier 4'] as const;
/** What is remembered of each backend: who reports, the number of the last report, and who did before. */
const FACTS = ['instance', 'sequence', ...EARLIER] as const;
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

  /** @returns whether it is from the process that the backend is now, be it news or late */
  accept({ url, instance, sequence, active_tasks }: LoadReport): boolean {
    const backend = this.#backends.get(url);
    if (backend === undefined) return false;
    // 8 hexadecimal digits are the 32 bits of a cell. Sequences are kept one higher, as an empty cell is 0.
    const reporter = Number.parseInt(instance, 16) | 0;
    const known = this.#get(url, 'instance');
    const earlier = EARLIER.map((fact) => this.#get(url, fact));
    const heard = this.#get(url, 'sequence');
    if (heard !== 0 && earlier.includes(reporter)) return false;
    if (reporter === known && sequence < heard) return true;
    if (reporter !== known) {
      const before = [known, ...earlier.filter((each) => each !== reporter)];
      for (const [index, fact] of EARLIER.entries()) this.#set(url, fact, before[index] ?? 0);
    }
    this.#set(url, 'instance', reporter);
    this.#set(url, 'sequence', sequence + 1);
    backend.backgroundLoad = active_tasks;
    return true;
  }

  /** Nothing has come from this backend for so long that what it has is unknown; whoever reports next is believed. */
  silence(url: string): void {
    this.#backends.get(url)?.silence();
    this.#set(url, 'sequence', 0);
  }

  #get(url: string, fact: Fact): number {
    return this.#cells.get(cellOf(url, fact)) ?? 0;
  }

  #set(url: string, fact: Fact, value: number): void {
    this.#cells.set(cellOf(url, fact), value);
  }
}
