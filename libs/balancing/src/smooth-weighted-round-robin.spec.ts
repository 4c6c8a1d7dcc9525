import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SmoothWeightedRoundRobin } from './smooth-weighted-round-robin.js';
import { backend, picks } from './testing/backends.js';

describe('SmoothWeightedRoundRobin', () => {
  it('gives nginx’s published sequence for weights 5/1/1', () => {
    const backends = [backend('a', { weight: 5 }), backend('b'), backend('c')];
    expect(picks(new SmoothWeightedRoundRobin(), backends, 7).join(' ')).toBe('a a b a c a a');
  });

  it('gives the sequence of the contract for weights 3/2/1, again and again', () => {
    const backends = [backend('5001', { weight: 3 }), backend('5007', { weight: 2 }), backend('5008')];
    const cycle = ['5001', '5007', '5001', '5008', '5007', '5001'];
    expect(picks(new SmoothWeightedRoundRobin(), backends, 18)).toEqual([...cycle, ...cycle, ...cycle]);
  });

  it('shows its current weights, which are 0 after a whole cycle', () => {
    const backends = [backend('a', { weight: 2 }), backend('b')];
    const strategy = new SmoothWeightedRoundRobin();
    picks(strategy, backends, 1);
    expect(backends.map((each) => strategy.inspect(each))).toEqual([{ current: -1 }, { current: 1 }]);
    picks(strategy, backends, 2);
    expect(backends.map((each) => strategy.inspect(each))).toEqual([{ current: 0 }, { current: 0 }]);
  });

  it('serves in exact proportion to the weights over one cycle, whatever the weights', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 }), (weights) => {
        const backends = weights.map((weight, index) => backend(String(index), { weight }));
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const served = picks(new SmoothWeightedRoundRobin(), backends, total);
        expect(weights.map((_, index) => served.filter((url) => url === String(index)).length)).toEqual(
          weights,
        );
      }),
    );
  });

  it('keeps the others in proportion when one is skipped', () => {
    const backends = [backend('dead', { weight: 3 }), backend('a', { weight: 2 }), backend('b')];
    const strategy = new SmoothWeightedRoundRobin();
    const served = Array.from({ length: 60 }, () => {
      for (const { url } of strategy.candidates(backends)) if (url !== 'dead') return url;
      return 'none';
    });
    expect(served.filter((url) => url === 'a')).toHaveLength(40);
    expect(served.filter((url) => url === 'b')).toHaveLength(20);
  });

  it('is fair at once when weights change', () => {
    const urls = ['a', 'b', 'c'];
    const weighted = (weights: readonly number[]) =>
      weights.map((weight, index) => backend(urls[index] ?? '', { weight }));
    const strategy = new SmoothWeightedRoundRobin();
    picks(strategy, weighted([1000, 1, 1]), 334);
    expect(picks(strategy, weighted([1, 1, 1]), 6).join('')).toBe('abcabc');
    const anyWeights = fc.tuple(...urls.map(() => fc.integer({ min: 1, max: 1000 })));
    fc.assert(
      fc.property(anyWeights, fc.nat({ max: 2_000 }), anyWeights, (before, count, after) => {
        const changed = new SmoothWeightedRoundRobin();
        picks(changed, weighted(before), count);
        const total = after.reduce((sum, weight) => sum + weight, 0);
        const served = picks(changed, weighted(after), total);
        for (const [index, weight] of after.entries()) {
          const own = served.filter((url) => url === urls[index]).length;
          expect(Math.abs(own - weight)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('goes on where it was when the list is another and the weights are the same', () => {
    const strategy = new SmoothWeightedRoundRobin();
    const list = () => [backend('a', { weight: 3 }), backend('b', { weight: 2 }), backend('c')];
    const served = Array.from({ length: 6 }, () => picks(strategy, list(), 1)).flat();
    expect(served.join('')).toBe('abacba');
  });

  it('forgets a backend that left', () => {
    const strategy = new SmoothWeightedRoundRobin();
    const [a, b] = [backend('a'), backend('b')];
    picks(strategy, [a, b], 1);
    picks(strategy, [a], 1);
    expect(strategy.inspect(b)).toEqual({ current: 0 });
  });
});
