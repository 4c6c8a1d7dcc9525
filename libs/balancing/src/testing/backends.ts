import fc from 'fast-check';
import type { Backend, Strategy } from '../strategy.js';

export { seededRandom } from '@balanza/testing';

/** A backend whose load a test sets by hand. */
export function backend(url: string, { weight = 1, activeConnections = 0 } = {}): Backend {
  return { url, weight, activeConnections };
}

/** `count` backends of equal weight, or one for each of `weights`, at `http://10.0.0.1:8000` and on. */
export function fleet(countOrWeights: number | readonly number[], from = 1): BusyBackend[] {
  const weights =
    typeof countOrWeights === 'number' ? Array.from({ length: countOrWeights }, () => 1) : countOrWeights;
  return weights.map((weight, index) => ({
    url: `http://10.0.0.${from + index}:8000`,
    weight,
    activeConnections: 0,
  }));
}

/** A backend whose load changes as the test goes on. */
export interface BusyBackend extends Backend {
  activeConnections: number;
}

/** Any list of backends, of any weights and loads. */
export const anyBackends = fc.uniqueArray(
  fc.record({
    url: fc.nat({ max: 60_000 }).map((port) => `http://10.0.0.1:${port}`),
    weight: fc.integer({ min: 1, max: 5 }),
    activeConnections: fc.nat({ max: 50 }),
  }),
  { selector: ({ url }) => url, maxLength: 8 },
);

/** The first candidate of one request. */
export function pick<B extends Backend>(strategy: Strategy<B>, backends: readonly B[], key?: string): B {
  for (const candidate of strategy.candidates(backends, key)) return candidate;
  throw new Error('there is no candidate');
}

/** The URLs of the first candidate of each of `count` requests. */
export function picks(strategy: Strategy, backends: readonly Backend[], count: number): string[] {
  return Array.from({ length: count }, () => pick(strategy, backends).url);
}

/** Which backend each of `keys` belongs to. */
export function placement(
  strategy: Strategy,
  backends: readonly Backend[],
  keys: readonly string[],
): Map<string, string> {
  return new Map(keys.map((key) => [key, pick(strategy, backends, key).url]));
}

/** What share of `urls` each of the backends has. */
export function shares(urls: Iterable<string>, backends: readonly Backend[]): number[] {
  const all = [...urls];
  return backends.map(({ url }) => all.filter((each) => each === url).length / all.length);
}

/** `count` keys, all different. */
export function someKeys(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `user-${index}`);
}
