import { seededRandom } from '@balanza/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BackendPool } from './backend-pool.js';
import { simplePlan } from './simple-plan.js';

const choice = () => ({
  candidates: undefined,
  version: 0,
  key: undefined,
  sticky: undefined,
  tried: undefined,
});

/** Many backends that are all busy, the first of which has just come back with nothing in flight. */
function returningAmong(others: number, busyWith: number, strategy: string) {
  const clock = { now: 1_000_000 };
  const plan = simplePlan({
    backends: Array.from({ length: others + 1 }, (_, index) => ({ url: `http://10.0.0.${index}` })),
    strategy,
  });
  const pool = new BackendPool(plan, { now: () => clock.now, random: seededRandom(others) });
  const [returning, ...rest] = pool.backends;
  if (returning === undefined) throw new Error('there is no backend');
  for (const each of rest) for (let request = 0; request < busyWith; request++) each.enter();
  const { slowStart } = pool.policy;
  returning.health.onRefused(clock.now);
  returning.health.onAccepted(clock.now, slowStart);
  return { pool, clock, returning, rest, windowMs: slowStart.windowMs };
}

describe('no thundering herd meets a backend that comes back', () => {
  it.each(['least-connections', 'weighted-least-connections', 'power-of-two'])(
    'among 20 and more, by %s: it never has more in flight than its share of what the others have',
    (strategy) => {
      fc.assert(
        fc.property(
          fc.integer({ min: 20, max: 60 }),
          fc.integer({ min: 1, max: 30 }),
          fc.integer({ min: 1, max: 9_999 }),
          (others, busyWith, elapsed) => {
            const { pool, clock, returning, rest, windowMs } = returningAmong(others, busyWith, strategy);
            clock.now += elapsed;
            for (let request = 0; request < 2 * others; request++) {
              const picked = pool.pick(choice());
              if (picked !== returning) continue;
              const most = Math.max(...rest.map(({ inFlight }) => inFlight));
              const share = Math.max(elapsed / windowMs, 0.1);
              expect(returning.inFlight).toBeLessThanOrEqual(share * (most + 1) + 1e-9);
            }
          },
        ),
        { numRuns: 50 },
      );
    },
  );

  it('and it gets ever more, until it has as much as the others', () => {
    const { pool, clock, returning, rest, windowMs } = returningAmong(24, 10, 'least-connections');
    const inFlight = [0.05, 0.25, 0.5, 0.75, 1].map((part) => {
      clock.now = 1_000_000 + part * windowMs;
      // As many requests end as begin, at those who have the most.
      for (let request = 0; request < 200; request++) {
        pool.pick(choice());
        rest.reduce((most, each) => (each.inFlight > most.inFlight ? each : most)).leave();
      }
      return returning.inFlight;
    });
    expect(inFlight).toEqual([1, 2, 5, 7, 10]);
  });
});
