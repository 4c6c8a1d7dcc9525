import { describe, expect, it } from 'vitest';
import { LeastConnections } from './least-connections.js';
import { backend } from './testing/backends.js';

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

  it('gives ties to the first listed', () => {
    expect(urls({ a: 1, b: 0, c: 0 })).toEqual(['b', 'c', 'a']);
  });

  it('yields nothing when there is no backend', () => {
    expect(urls({})).toEqual([]);
  });
});
