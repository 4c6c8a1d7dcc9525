import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rendezvous } from './rendezvous.js';
import { anyBackends, fleet, placement, shares, someKeys } from './testing/backends.js';

describe('Rendezvous', () => {
  it('shares keys by weight', () => {
    const backends = fleet([1, 2, 5]);
    const parts = shares(placement(new Rendezvous(), backends, someKeys(50_000)).values(), backends);
    expect(parts).toEqual([1, 2, 5].map((weight) => expect.closeTo(weight / 8, 2)));
  });

  it('moves only the keys of a backend that leaves, comes or gains weight', () => {
    fc.assert(
      fc.property(anyBackends, fc.nat(), fc.uniqueArray(fc.string()), (backends, seed, keys) => {
        fc.pre(backends.length > 1);
        const changed = backends[seed % backends.length];
        const without = backends.filter((each) => each !== changed);
        const heavier = backends.map((each) =>
          each === changed ? { ...each, weight: each.weight + 1 } : each,
        );
        const strategy = new Rendezvous();
        const [left, gained] = [placement(strategy, without, keys), placement(strategy, heavier, keys)];
        for (const [key, url] of placement(strategy, backends, keys)) {
          if (url !== changed?.url) expect(left.get(key)).toBe(url);
          expect([url, changed?.url]).toContain(gained.get(key));
        }
      }),
    );
  });

  it('sends the keys of a skipped backend to the others by weight', () => {
    const backends = fleet([4, 1, 3]);
    const strategy = new Rendezvous();
    const seconds = someKeys(50_000).flatMap((key) => {
      const [first, second] = strategy.candidates(backends, key);
      return first === backends[0] && second !== undefined ? [second.url] : [];
    });
    expect(shares(seconds, backends)).toEqual([0, expect.closeTo(1 / 4, 2), expect.closeTo(3 / 4, 2)]);
  });
});
