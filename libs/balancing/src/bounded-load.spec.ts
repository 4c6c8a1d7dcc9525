import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoundedLoad } from './bounded-load.js';
import type { Backend } from './strategy.js';
import { RingHash } from './ring-hash.js';
import { anyBackends, fleet, pick, placement, someKeys, type BusyBackend } from './testing/backends.js';

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe('BoundedLoad', () => {
  it('is the ring where nobody is busy, whoever comes or goes', () => {
    const backends = fleet([1, 2, 3, 1]);
    const strategy = new BoundedLoad();
    for (const list of [backends, backends.slice(1), backends])
      expect(placement(strategy, list, someKeys(200))).toEqual(
        placement(new RingHash(), list, someKeys(200)),
      );
  });

  it('gives nobody more than factor times its fair share, whatever the keys', () => {
    fc.assert(
      fc.property(
        anyBackends,
        fc.array(fc.constantFrom('hot', 'warm', 'cold'), { maxLength: 60 }),
        fc.double({ min: 1.01, max: 3, noNaN: true }),
        (list, keys, factor) => {
          fc.pre(list.length > 0);
          const backends: BusyBackend[] = list.map((each) => ({ ...each, activeConnections: 0 }));
          const strategy = new BoundedLoad<BusyBackend>({ factor, pointsPerWeight: 20 });
          const total = sum(backends.map(({ weight }) => weight));
          keys.forEach((key, index) => {
            const chosen = pick(strategy, backends, key);
            chosen.activeConnections++;
            expect(chosen.activeConnections).toBeLessThanOrEqual(
              Math.ceil((factor * (index + 1) * chosen.weight) / total),
            );
          });
        },
      ),
    );
  });

  it('takes a factor for what it says: 1.1 times 10 is 11, and 1.1 × 10 a little more', () => {
    const backends = fleet(2);
    const strategy = new BoundedLoad({ factor: 1.1 });
    const owner = pick(strategy, backends, 'hot') as BusyBackend;
    const [other] = backends.filter((each) => each !== owner) as [BusyBackend];
    // Of 20 requests the fair share is 10.
    [owner.activeConnections, other.activeConnections] = [11, 8];
    expect(pick(strategy, backends, 'hot')).toBe(other);
  });

  it('lets a hot key overflow to the next backends on the ring, as in the paper', () => {
    const backends = fleet(4);
    const ring = [...new RingHash().candidates(backends, 'hot')] as BusyBackend[];
    const strategy = new BoundedLoad<BusyBackend>();
    for (let request = 0; request < 16; request++) pick(strategy, backends, 'hot').activeConnections++;
    // With 16 requests on 4 backends, each may have ⌈1.25 × 16 / 4⌉ = 5.
    expect(ring.map(({ activeConnections }) => activeConnections)).toEqual([5, 5, 5, 1]);
  });

  it('puts full backends last, in the order of the ring', () => {
    const backends = fleet(3);
    const [first, ...others] = [...new RingHash().candidates(backends, 'k')] as BusyBackend[];
    if (first !== undefined) first.activeConnections = 100;
    expect([...new BoundedLoad().candidates(backends, 'k')]).toEqual([...others, first]);
  });

  it('counts neither those that are out nor what they have, and leaves them where they are', () => {
    const ring = [...new RingHash().candidates(fleet(6), 'hot')];
    // All but the first and the last two are out, with requests that will never be answered.
    const backends = ring.map((each, place) => {
      const isOut = place > 0 && place < 4;
      return { ...each, activeConnections: isOut ? 50 : 0, share: isOut ? 0 : 1 };
    });
    const strategy = new BoundedLoad<(typeof backends)[number]>();
    for (let request = 0; request < 9; request++) {
      const chosen = firstOf(strategy, backends);
      if (chosen !== undefined) chosen.activeConnections++;
    }
    // With 9 requests on 3 backends, each may have ⌈1.25 × 9 / 3⌉ = 4.
    expect(backends.map(({ activeConnections }) => activeConnections)).toEqual([4, 50, 50, 50, 4, 1]);
    // A tenth one makes that 5, so that nobody is full, and the order is the ring's.
    expect([...strategy.candidates(backends, 'hot')]).toEqual(backends);
  });

  it('gives who comes back its share of what the others have', () => {
    const [first, ...others] = [...new RingHash().candidates(fleet(4), 'k')] as BusyBackend[];
    const busy = others.map((each) => ({ ...each, activeConnections: 10 }));
    const returning = (activeConnections: number) => ({
      url: first?.url ?? '',
      weight: 1,
      activeConnections,
      share: 0.2,
    });
    const chosen = (activeConnections: number) =>
      pick(new BoundedLoad(), [returning(activeConnections), ...busy], 'k').url;
    // A fair share is 34 × 0.2 / 3.2 = 2.1, and a quarter more than that at most 3.
    expect([chosen(2) === first?.url, chosen(3) === first?.url]).toEqual([true, false]);
  });
});

/** The first candidate that is not out. */
function firstOf<B extends Backend>(strategy: BoundedLoad<B>, backends: readonly B[]): B | undefined {
  for (const candidate of strategy.candidates(backends, 'hot')) if (candidate.share !== 0) return candidate;
  return undefined;
}
