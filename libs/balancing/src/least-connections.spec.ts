import { describe, expect, it } from 'vitest';
import { LeastConnections } from './least-connections.js';
import { backend, fleet, pick, picks, shares, type BusyBackend } from './testing/backends.js';

const urls = (loads: Record<string, number>) =>
  [
    ...new LeastConnections().candidates(
      Object.entries(loads).map(([url, activeConnections]) => backend(url, { activeConnections })),
    ),
  ].map(({ url }) => url);

describe('LeastConnections', () => {
  it('orders by active connections', () => {
    expect(urls({ a: 3, b: 1, c: 2 })).toEqual(['b', 'c', 'a']);
  });

  it('gives ties to the first listed, where it is to', () => {
    const strategy = new LeastConnections({ ties: 'first' });
    expect(picks(strategy, fleet(3), 300)).toEqual(Array.from({ length: 300 }, () => fleet(3)[0]?.url));
    expect(urls({ a: 1, b: 0, c: 0 })).toEqual(['b', 'c', 'a']);
  });

  it('gives ties to each in turn, so that idle backends share the requests evenly', () => {
    const backends = fleet(3);
    const turns = backends.map(({ url }) => url);
    expect(picks(new LeastConnections(), backends, 9)).toEqual([...turns, ...turns, ...turns]);
  });

  it('gives ties evenly to those that are left where one cannot be used', () => {
    const backends = fleet(4);
    const others = backends.slice(1);
    const strategy = new LeastConnections();
    const used = Array.from({ length: 300 }, () => {
      for (const candidate of strategy.candidates(backends))
        if (candidate !== backends[0]) return candidate.url;
      return '';
    });
    expect(shares(used, others)).toEqual([1 / 3, 1 / 3, 1 / 3]);
  });

  it('compares loads before it looks at turns', () => {
    const [a, b, c] = fleet(3) as [BusyBackend, BusyBackend, BusyBackend];
    const strategy = new LeastConnections();
    pick(strategy, [a, b, c]);
    b.activeConnections = 1;
    expect([...strategy.candidates([a, b, c])]).toEqual([c, a, b]);
  });

  it('yields nothing when there is no backend', () => {
    expect(urls({})).toEqual([]);
  });
});
