import type { Backend, Strategy } from './strategy.js';

/** Strict rotation in the order of the list. */
export class RoundRobin<B extends Backend = Backend> implements Strategy<B> {
  #next = 0;

  *candidates(backends: readonly B[]): Iterable<B> {
    const tried: B[] = [];
    while (tried.length < backends.length) {
      const backend = this.#advance(backends, tried);
      tried.push(backend);
      yield backend;
    }
  }

  /** The next in rotation that was not tried; the rotation goes on behind it. */
  #advance(backends: readonly B[], tried: readonly B[]): B {
    for (;;) {
      const index = this.#next % backends.length;
      this.#next = index + 1;
      const backend = backends[index] as B;
      if (!tried.includes(backend)) return backend;
    }
  }
}
