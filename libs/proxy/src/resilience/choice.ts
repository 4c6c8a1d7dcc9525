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
  /** Who was asked already, and has to be asked no more. */
  readonly tried: readonly ProxiedBackend[] | undefined;
}

/** Why nobody is picked: whoever is healthy has no room, so that waiting may help · or there is nobody. */
export type Nobody = 'full' | 'out';
