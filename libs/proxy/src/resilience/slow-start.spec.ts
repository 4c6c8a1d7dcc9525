import { STRATEGY_NAMES } from '@balanza/balancing';
import { seededRandom } from '@balanza/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProxiedBackend } from '../proxied-backend.js';
import { choice, nameOf, NOW, picks, poolOf, slotsOf } from '../testing/pool.js';
import { BackendPool } from './backend-pool.js';
import { OUTCOME } from './backend-health.js';
import { simplePlan } from './simple-plan.js';

/** Many backends that are all busy, the first of which has just come back with nothing in flight. */
function returningAmong(others: number, busyWith: number, strategy: string) {
  const clock = { now: NOW };
  const plan = simplePlan({
    backends: Array.from({ length: others + 1 }, (_, index) => ({ url: `http://10.0.0.${index}` })),
    strategy,
  });
  const pool = new BackendPool(plan, { now: () => clock.now, random: seededRandom(others) });
  const [returning, ...rest] = pool.backends;
  if (returning === undefined) throw new Error('there is no backend');
  for (const each of rest) for (let request = 0; request < busyWith; request++) each.enter();
  const { slowStart } = pool.policy;
  returning.health.onAccepted(clock.now, slowStart);
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
      clock.now = NOW + part * windowMs;
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

const REQUESTS = 2_000;

/**
 * The share of the requests that a backend gets which stays at a share of `factor` in slow start, beside backends that have `load` in flight
 * each on average; requests come at random and take random times, of 1 s on average. 0: one request at a time.
 */
function shareOfReturning(strategy: string, others: number, factor: number, load: number): number {
  const random = seededRandom(others);
  const clock = { now: NOW };
  const plan = simplePlan({
    backends: Array.from({ length: others + 1 }, (_, index) => ({ url: `http://10.0.0.${index}:80` })),
    strategy,
    policy: { slowStart: { windowMs: 1e12, minWeight: factor } },
  });
  const pool = new BackendPool(plan, { now: () => clock.now, random });
  const returning = pool.backends.at(-1);
  returning?.health.warmUp(clock.now, pool.policy.slowStart);
  const exponential = (mean: number) => -Math.log(1 - random()) * mean;
  let inFlight: { readonly backend: ProxiedBackend; readonly end: number; readonly duration: number }[] = [];
  let received = 0;
  for (let request = 0; request < REQUESTS; request++) {
    clock.now += exponential(load === 0 ? 1 : 1_000 / (load * (others + factor)));
    inFlight = inFlight.filter(({ backend, end, duration }) => {
      if (load > 0 && end > clock.now) return true;
      backend.leave();
      pool.observe(backend, OUTCOME.served, duration);
      return false;
    });
    const backend = pool.pick(choice({ key: `key-${request}` }));
    if (typeof backend === 'string') throw new Error(`no backend: ${backend}`);
    if (backend === returning) received++;
    const duration = exponential(1_000);
    inFlight.push({ backend, end: clock.now + duration, duration });
  }
  return received / REQUESTS;
}

describe('slow start', () => {
  it.each(STRATEGY_NAMES)(
    'gives a returning backend f / (n − 1 + f) of the requests under %s, however busy the others are',
    (strategy) => {
      for (const [others, factor] of [
        [1, 0.5],
        [2, 0.1],
        [9, 0.5],
      ] as const) {
        for (const load of [0, 0.5, 2, 10]) {
          const fair = factor / (others + factor);
          const share = shareOfReturning(strategy, others, factor, load);
          // Somewhat less now and then, as it has no more in flight than its share of what the others have at the moment.
          expect([others, load, share / fair > 0.8, share / fair < 1.01]).toEqual([others, load, true, true]);
        }
      }
    },
  );

  it('passes a returning backend over until it has a turn, whatever the strategy', () => {
    const { pool, backend, clock } = poolOf('ab', { strategy: 'least-connections' });
    backend('a').health.onRefused(NOW);
    for (let request = 0; request < 20; request++) pool.pick(choice());
    backend('a').health.onAccepted(NOW, pool.policy.slowStart);
    // With nothing in flight it is first for all of these; of each a part of 0.1 / 1.1 is its own.
    const picked = Array.from({ length: 99 }, () => {
      const url = nameOf(pool.pick(choice()));
      if (url === 'a') backend('a').leave();
      return url;
    });
    expect(picked.join('')).toBe(`bbbbba${'bbbbbbbbbba'.repeat(8)}bbbbb`);
    clock.now += 10_000;
    expect(picks(pool, 1)).toBe('a');
  });

  it('passes nobody over where all have just come back', () => {
    const { pool, backend } = poolOf('ab', {}, { random: () => 0.99 });
    for (const name of 'ab') {
      backend(name).health.onRefused(NOW);
      backend(name).health.onAccepted(NOW, pool.policy.slowStart);
    }
    expect(picks(pool, 5)).toBe('ababa');
  });

  it('passes nobody over who is the last one', () => {
    const { pool, backend } = poolOf(
      'ab',
      { policy: { limits: { maxInFlight: 1 } } },
      { random: () => 0.99 },
    );
    backend('b').health.warmUp(NOW, pool.policy.slowStart);
    expect(picks(pool, 3)).toBe('ab(full)');
  });

  it('passes over nobody for good: who was is asked when the one that was picked cannot be reached', () => {
    const { pool, backend } = poolOf('abc', {}, { random: () => 0.99 });
    for (const name of 'ab') backend(name).health.warmUp(NOW, pool.policy.slowStart);
    const tried: ProxiedBackend[] = [];
    const request = choice({ tried });
    const picked = Array.from({ length: 4 }, () => {
      const next = pool.pick(request);
      if (typeof next !== 'string') tried.push(next);
      return nameOf(next);
    });
    expect(picked).toEqual(['c', 'a', 'b', '(out)']);
  });

  it('is for whoever is added or made ready again, not for who is there from the start', () => {
    const { pool, change, backend } = poolOf('ab', {}, { random: () => 0.99 });
    expect(pool.backends.map(({ health }) => health.isFine)).toEqual([true, true]);
    change({ backends: slotsOf('abc') });
    expect([picks(pool, 3), backend('c').health.isFine]).toEqual(['aba', false]);
    change({ backends: slotsOf('ab', 'drain').concat(slotsOf('abc').slice(2)) });
    change({ backends: slotsOf('abc') });
    expect(pool.backends.map(({ health }) => health.isFine)).toEqual([false, false, false]);
  });

  it.each(['refuses', 'fails its checks'])(
    'is not for who %s as all begin, before it was seen up for the first time',
    (how) => {
      const plan = simplePlan({ backends: [{ url: 'a' }] });
      const [backend] = new BackendPool(plan).backends;
      if (backend === undefined) throw new Error('there is no backend');
      const { health } = backend;
      const { slowStart } = plan.policy;
      const checks = { enabled: true, fall: 1, rise: 2 };
      const comesUp = () => {
        if (how === 'refuses') health.onRefused(NOW);
        else health.onCheck(false, NOW, checks, slowStart);
        const { state } = health;
        for (let check = 0; check < 2; check++) health.onCheck(true, NOW, checks, slowStart);
        return [state, health.state, health.isFine];
      };
      expect([comesUp(), comesUp()]).toEqual([
        ['down', 'up', true],
        ['down', 'up', false],
      ]);
    },
  );
});
