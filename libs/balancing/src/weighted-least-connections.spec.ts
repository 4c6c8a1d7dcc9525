import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ties } from './order/ties.js';
import { backend, fleet, pick, picks, type BusyBackend } from './testing/backends.js';
import { WeightedLeastConnections } from './weighted-least-connections.js';

describe('WeightedLeastConnections', () => {
  it('orders by (active + 1) / weight, ties to the first listed', () => {
    const backends = [
      backend('a', { weight: 1, activeConnections: 0 }), // 1
      backend('b', { weight: 4, activeConnections: 1 }), // 1/2
      backend('c', { weight: 2, activeConnections: 2 }), // 3/2
      backend('d', { weight: 2, activeConnections: 0 }), // 1/2
    ];
    const order = [...new WeightedLeastConnections().candidates(backends)];
    expect(order.map(({ url }) => url)).toEqual(['b', 'd', 'a', 'c']);
  });

  it('gives ties to each of the heaviest in turn, or to the first listed', () => {
    const backends = fleet([2, 1, 2]);
    const firsts = (ties: Ties) =>
      picks(new WeightedLeastConnections({ ties }), backends, 4).map((url) => url.at(7 + 7));
    expect([firsts('rotate'), firsts('first')]).toEqual([
      ['1', '3', '1', '3'],
      ['1', '1', '1', '1'],
    ]);
  });

  it('sends a request to the heaviest while all are idle, as shortest expected delay does, and HAProxy does not', () => {
    expect(picks(new WeightedLeastConnections(), fleet([1, 3]), 3)).toEqual(
      Array.from({ length: 3 }, () => fleet([1, 3])[1]?.url),
    );
    const [light, heavy] = fleet([1, 3]) as [BusyBackend, BusyBackend];
    heavy.activeConnections = 1;
    // HAProxy's leastconn: an idle one first.
    expect(pick(new WeightedLeastConnections(), [light, heavy])).toBe(heavy);
  });

  it('fills backends in exact proportion to their weights', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 }), (weights) => {
        const backends = fleet(weights);
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const strategy = new WeightedLeastConnections<BusyBackend>();
        for (let request = 0; request < total; request++) pick(strategy, backends).activeConnections++;
        expect(backends.map(({ activeConnections }) => activeConnections)).toEqual(weights);
      }),
    );
  });

  it('brings a new backend level with the others and not beyond', () => {
    const backends = [...fleet([2, 1]), ...fleet([1], 9)];
    const [a, b, fresh] = backends as [BusyBackend, BusyBackend, BusyBackend];
    [a.activeConnections, b.activeConnections] = [20, 10];
    const strategy = new WeightedLeastConnections<BusyBackend>();
    for (let request = 0; request < 14; request++) pick(strategy, backends).activeConnections++;
    expect([a, b, fresh].map(({ activeConnections }) => activeConnections)).toEqual([22, 11, 11]);
  });
});
