import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Maglev } from './maglev.js';
import { anyBackends, fleet, placement, shares, someKeys } from './testing/backends.js';

const KEYS = someKeys(20_000);

/** The keys that neither were nor are at `url`, and moved nevertheless, as a share of all. */
function disturbance(before: Map<string, string>, after: Map<string, string>, url: string): number {
  const moved = [...before].filter(([key, old]) => {
    const now = after.get(key);
    return old !== now && old !== url && now !== url;
  });
  return moved.length / before.size;
}

describe('Maglev', () => {
  it('shares keys by weight', () => {
    const backends = fleet([1, 2, 5]);
    const parts = shares(placement(new Maglev(), backends, KEYS).values(), backends);
    expect(parts).toEqual([1, 2, 5].map((weight) => expect.closeTo(weight / 8, 2)));
  });

  it('moves hardly a key but those of a backend that leaves, comes or gains weight', () => {
    const strategy = new Maglev();
    const backends = fleet(10);
    const [first = { url: '' }] = backends;
    const before = placement(strategy, backends, KEYS);
    const without = placement(strategy, backends.slice(1), KEYS);
    const heavier = placement(
      strategy,
      backends.map((each) => (each === first ? { ...each, weight: 2 } : each)),
      KEYS,
    );
    expect(disturbance(before, without, first.url)).toBeLessThan(0.03);
    expect(disturbance(before, heavier, first.url)).toBeLessThan(0.05);
  });

  it('does not depend on the order of the list', () => {
    fc.assert(
      fc.property(anyBackends, (backends) => {
        const orderFor = (list: typeof backends) => [...new Maglev({ tableSize: 251 }).candidates(list, 'k')];
        expect(orderFor(backends.toReversed())).toEqual(orderFor(backends));
      }),
    );
  });

  it('sends the keys of a skipped backend to all of the others', () => {
    const backends = fleet(5);
    const strategy = new Maglev();
    const seconds = new Set(
      someKeys(500).flatMap((key) => {
        const [first, second] = strategy.candidates(backends, key);
        return first === backends[0] ? [second?.url] : [];
      }),
    );
    expect(seconds.size).toBe(4);
  });

  it('yields backends that have no slot too, last', () => {
    const backends = fleet([1, 1_000_000]);
    const strategy = new Maglev({ tableSize: 3 });
    expect([...strategy.candidates(backends, 'k')]).toHaveLength(2);
    expect([...strategy.candidates(fleet(9), 'k')]).toHaveLength(9);
  });
});
