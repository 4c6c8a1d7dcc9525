import type { LoadReport } from '@balanza/contracts';
import type { ProxiedBackend } from '@balanza/proxy';

interface Known {
  readonly instance: string;
  readonly sequence: number;
  /** The instance that ran there before; what it still says comes too late. */
  readonly previous: string | undefined;
}

/**
 * Keeps the background load of each backend as the backend itself last reported it. Reports are absolute and
 * numbered, so late and repeated ones are ignored, and lost ones are healed by the next.
 */
export class LoadTracker {
  readonly #backends: ReadonlyMap<string, ProxiedBackend>;
  readonly #known = new Map<string, Known>();

  constructor(backends: readonly ProxiedBackend[]) {
    this.#backends = new Map(backends.map((backend) => [backend.url, backend]));
  }

  /** @returns whether the report was news */
  accept({ url, instance, sequence, active_tasks }: LoadReport): boolean {
    const backend = this.#backends.get(url);
    if (backend === undefined) return false;
    const known = this.#known.get(url);
    if (known?.previous === instance) return false;
    if (known?.instance === instance && sequence <= known.sequence) return false;
    const previous = known?.instance === instance ? known.previous : known?.instance;
    this.#known.set(url, { instance, sequence, previous });
    backend.backgroundLoad = active_tasks;
    return true;
  }
}
