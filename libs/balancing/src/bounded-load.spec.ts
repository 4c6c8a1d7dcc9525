import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoundedLoad } from './bounded-load.js';
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

  it('takes a total that is counted anyway', () => {
    const backends = fleet(2);
    const [first] = new RingHash().candidates(backends, 'k') as Iterable<BusyBackend>;
    if (first !== undefined) first.activeConnections = 3;
    expect(pick(new BoundedLoad(), backends, 'k')).not.toBe(first);
    expect(pick(new BoundedLoad({ totalActive: () => 9 }), backends, 'k')).toBe(first);
  });
});
