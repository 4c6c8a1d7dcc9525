import type { Backend, Strategy } from '../strategy.js';

/** A backend whose load a test sets by hand. */
export function backend(url: string, { weight = 1, activeConnections = 0 } = {}): Backend {
  return { url, weight, activeConnections };
}

/** The first candidate of each of `count` requests. */
export function picks(strategy: Strategy, backends: readonly Backend[], count: number): string[] {
  return Array.from({ length: count }, () => {
    for (const { url } of strategy.candidates(backends)) return url;
    return 'none';
  });
}
