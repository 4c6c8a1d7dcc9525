import { firstThen } from './order/first-then.js';
import { Rotation } from './order/rotation.js';
import type { Backend, Cells, Strategy } from './strategy.js';

/** Strict rotation in the order of the list. */
export class RoundRobin<B extends Backend = Backend> implements Strategy<B> {
  readonly #rotation: Rotation;

  /** @param cells where the place of the rotation is kept */
  constructor(cells?: Cells) {
    this.#rotation = new Rotation(cells);
  }

  candidates(backends: readonly B[]): Iterable<B> {
    return firstThen(
      () => this.#advance(backends),
      (first) => this.#others(backends, first),
    );
  }

  *#others(backends: readonly B[], first: B): Generator<B, void, undefined> {
    const tried = new Set([first]);
    while (tried.size < backends.length) {
      const backend = this.#advance(backends);
      if (backend === undefined || tried.has(backend)) continue;
      tried.add(backend);
      yield backend;
    }
  }

  /** The next in rotation, which goes on behind it; undefined when there are none. */
  #advance(backends: readonly B[]): B | undefined {
    if (backends.length === 0) return undefined;
    const index = this.#rotation.startIn(backends.length);
    this.#rotation.pass(index);
    return backends[index];
  }
}
