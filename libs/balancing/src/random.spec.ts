import { describe, expect, it } from 'vitest';
import { Random } from './random.js';
import { fleet, picks, seededRandom, shares } from './testing/backends.js';

describe('Random', () => {
  it('chooses in proportion to the weights', () => {
    const backends = fleet([1, 2, 5]);
    const strategy = new Random({ random: seededRandom() });
    expect(shares(picks(strategy, backends, 50_000), backends)).toEqual(
      [1, 2, 5].map((weight) => expect.closeTo(weight / 8, 2)),
    );
  });

  it.each([
    ['second', 1],
    ['third', 2],
    ['last', 3],
  ])('chooses the %s in proportion among those that are left', (_, place) => {
    const backends = fleet([1, 2, 3, 6]);
    const strategy = new Random({ random: seededRandom() });
    const orders = Array.from({ length: 50_000 }, () =>
      [...strategy.candidates(backends)].map(({ url }) => url),
    );
    // All that follow the heaviest, then the next, are drawn by weight.
    const heavy = backends.toReversed().slice(0, place - 1);
    const relevant = orders.filter((order) => heavy.every(({ url }, index) => order[index] === url));
    const left = backends.slice(0, backends.length - heavy.length);
    const total = left.reduce((sum, { weight }) => sum + weight, 0);
    expect(
      shares(
        relevant.flatMap((order) => order[place - 1] ?? []),
        left,
      ),
    ).toEqual(left.map(({ weight }) => expect.closeTo(weight / total, 1)));
  });

  it.each([
    [0, 'first'],
    [0.999_999, 'last'],
  ])('with a chance of %d begins with the %s', (chance, end) => {
    const backends = fleet([3, 1, 2]);
    const order = [...new Random({ random: () => chance }).candidates(backends)];
    expect(order).toHaveLength(3);
    expect(order[0]).toBe(backends.at(end === 'first' ? 0 : -1));
  });
});
