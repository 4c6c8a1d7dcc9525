import { expect, it } from 'vitest';
import { LeastConnections } from '../least-connections.js';
import { PeakEwma } from '../peak-ewma.js';
import { PowerOfTwo } from '../power-of-two.js';
import type { Backend, Strategy } from '../strategy.js';
import { pick, seededRandom } from '../testing/backends.js';
import { WeightedLeastConnections } from '../weighted-least-connections.js';
import { loadOf } from './load-of.js';

it('counts who comes back as busier, and who is there or is out as it is', () => {
  const busy = { url: 'http://a', weight: 1, activeConnections: 3 };
  expect([1, 0.5, 0.1, 0].map((share) => loadOf({ ...busy, share }))).toEqual([3, 7, 39, 3]);
  expect(loadOf(busy)).toBe(3);
  expect([1, 0.5, 0.1, 0].map((share) => loadOf({ ...busy, activeConnections: 0, share }))).toEqual([
    0, 0, 0, 0,
  ]);
});

const random = seededRandom();
it.each<[string, Strategy]>([
  ['least-connections', new LeastConnections()],
  ['weighted-least-connections', new WeightedLeastConnections()],
  ['power-of-two', new PowerOfTwo({ random })],
  ['peak-ewma', knowing(new PeakEwma({ random, now: () => 0 }))],
])('%s gives who comes back its share of what another has', (_name, strategy) => {
  const other = { url: 'http://b', weight: 1, activeConnections: 9 };
  const chosen = (activeConnections: number, share: number) =>
    pick(strategy, [{ url: 'http://a', weight: 1, activeConnections, share }, other]).url;
  // With 2 of 10 it has a fifth; a third one would be more.
  expect([chosen(1, 0.25), chosen(2, 0.25)]).toEqual(['http://a', 'http://b']);
  expect([chosen(8, 1), chosen(1, 0.15)]).toEqual(['http://a', 'http://b']);
  // There is no smaller part than one request; how often it gets it is not for the strategy to say.
  expect(chosen(0, 0.05)).toBe('http://a');
});

/** Both have taken as long. */
function knowing(strategy: PeakEwma): Strategy {
  const backends: Backend[] = ['http://a', 'http://b'].map((url) => ({
    url,
    weight: 1,
    activeConnections: 0,
  }));
  pick(strategy, backends);
  for (const backend of backends) strategy.observe(backend, { durationMs: 10, failed: false });
  return strategy;
}
