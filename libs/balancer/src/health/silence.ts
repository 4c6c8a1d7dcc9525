import type { ProxiedBackend } from '@balanza/proxy';

type Watched = Pick<ProxiedBackend, 'inFlight' | 'ended'>;

interface Seen {
  readonly ended: number;
  /** In ms since 1970. */
  readonly since: number;
}

/**
 * Tells who lets requests wait. A paused process accepts connections as before, as the system does that for it; what gives it
 * away is that none of its requests ends.
 */
export class Silence {
  readonly #limitMs: number;
  readonly #seen = new WeakMap<Watched, Seen>();

  /** @param limitMs how long none may end, while some are in flight */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** Has to be asked again and again. @param now in ms since 1970 */
  isSilent(backend: Watched, now: number): boolean {
    const { ended } = backend;
    const seen = this.#seen.get(backend);
    if (backend.inFlight > 0 && seen?.ended === ended) return now - seen.since >= this.#limitMs;
    this.#seen.set(backend, { ended, since: now });
    return false;
  }
}
