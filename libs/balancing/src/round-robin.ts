import type { Backend, Cells, Strategy } from './strategy.js';

/** The cell that holds the place of the rotation: all that {@link RoundRobin} needs. */
export const NEXT = 'next';

/** Strict rotation in the order of the list. */
export class RoundRobin<B extends Backend = Backend> implements Strategy<B> {
  readonly #cells: Cells;

  /** @param cells where the place of the rotation is kept */
  constructor(cells: Cells = new Map()) {
    this.#cells = cells;
  }

  *candidates(backends: readonly B[]): Iterable<B> {
    const tried = new Set<B>();
    while (tried.size < backends.length) {
      const backend = this.#advance(backends, tried);
      tried.add(backend);
      yield backend;
    }
  }

  /** The next in rotation that was not tried; the rotation goes on behind it. */
  #advance(backends: readonly B[], tried: ReadonlySet<B>): B {
    for (;;) {
      const index = (this.#cells.get(NEXT) ?? 0) % backends.length;
      this.#cells.set(NEXT, index + 1);
      const backend = backends[index] as B;
      if (!tried.has(backend)) return backend;
    }
  }
}
