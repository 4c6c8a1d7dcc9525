import type { ProxiedBackend } from '../proxied-backend.js';

/** One request, as far as a backend is chosen for it. */
export interface Choice {
  /** What is left of the order that the strategy has given it, and of which plan that is. */
  candidates: Iterator<ProxiedBackend> | undefined;
  version: number;
  /** What strategies that hash do hash. */
  readonly key: string | undefined;
  /** Where its client is kept. */
  readonly sticky: ProxiedBackend | undefined;
  /** Backends that were asked already, and are not asked again. */
  readonly tried: readonly ProxiedBackend[] | undefined;
}

/** Why no backend is picked: the healthy ones have no room, so that waiting may help · or there is none. */
export type Nobody = 'full' | 'out';
