import { describe, expect, it } from 'vitest';
import { PowerOfTwo } from './power-of-two.js';
import { Random } from './random.js';
import { fleet, pick, picks, seededRandom, shares, type BusyBackend } from './testing/backends.js';

const strategy = () => new PowerOfTwo<BusyBackend>({ random: seededRandom() });

describe('PowerOfTwo', () => {
  it('chooses the less busy of the two that are drawn', () => {
    const backends = fleet(3);
    const [a, b] = backends as [BusyBackend, BusyBackend];
    a.activeConnections = 1;
    // 0 draws the first, 0.5 the second.
    const draws = [0, 0.5];
    expect(pick(new PowerOfTwo({ random: () => draws.shift() ?? 0 }), backends)).toBe(b);
  });

  it('never chooses the busiest of all while there is another', () => {
    const backends = fleet(5);
    const [, , busiest] = backends as [BusyBackend, BusyBackend, BusyBackend];
    busiest.activeConnections = 1;
    expect(shares(picks(strategy(), backends, 1_000), backends)[2]).toBe(0);
  });

  it('chooses in proportion to the weights while all are idle', () => {
    const backends = fleet([1, 2, 5]);
    expect(shares(picks(strategy(), backends, 50_000), backends)).toEqual(
      [1, 2, 5].map((weight) => expect.closeTo(weight / 8, 2)),
    );
  });

  it('fills backends in proportion to their weights', () => {
    const backends = fleet([1, 2, 5]);
    const filling = strategy();
    for (let request = 0; request < 8_000; request++) pick(filling, backends).activeConnections++;
    expect(backends.map(({ activeConnections }) => activeConnections / 1_000)).toEqual(
      [1, 2, 5].map((weight) => expect.closeTo(weight, 1)),
    );
  });

  it('spreads requests far more evenly than chance alone', () => {
    const spread = (choose: PowerOfTwo<BusyBackend> | Random<BusyBackend>) => {
      const backends = fleet(100);
      for (let request = 0; request < 10_000; request++) pick(choose, backends).activeConnections++;
      const loads = backends.map(({ activeConnections }) => activeConnections);
      return Math.max(...loads) - Math.min(...loads);
    };
    expect(spread(strategy())).toBeLessThan(8);
    expect(spread(new Random({ random: seededRandom() }))).toBeGreaterThan(30);
  });

  it('gives a new backend no more than its part of the draws', () => {
    const busy = fleet(9).map((each) => ({ ...each, activeConnections: 100 }));
    const [fresh] = fleet(1, 100) as [BusyBackend];
    const backends = [...busy, fresh];
    const chosen = picks(strategy(), backends, 5_000).filter((url) => url === fresh.url);
    // Two draws out of ten, without replacement.
    expect(chosen.length / 5_000).toBeCloseTo(0.2, 1);
  });
});
