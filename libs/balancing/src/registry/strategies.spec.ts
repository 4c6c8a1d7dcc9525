import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Strategy } from '../strategy.js';
import {
  anyBackends,
  backend,
  fleet,
  pick,
  seededRandom,
  shares,
  type BusyBackend,
} from '../testing/backends.js';
import { settingProblems, type SettingValues } from './setting.js';
import { cautionOf, createStrategy, STRATEGIES, STRATEGY_NAMES, type StrategyName } from './strategies.js';

const create = (name: StrategyName, random: () => number = seededRandom()): Strategy =>
  createStrategy(name, { random, now: () => 0 });

describe.each(STRATEGY_NAMES)('%s', (name) => {
  it('yields every backend exactly once, whatever the list, the key and the chance', () => {
    fc.assert(
      fc.property(
        anyBackends,
        fc.option(fc.string(), { nil: undefined }),
        fc.constantFrom(0, 0.5, 1 - 2 ** -32),
        (backends, key, chance) => {
          for (const random of [seededRandom(), () => chance]) {
            const order = [...create(name, random).candidates(backends, key)];
            expect(order).toHaveLength(backends.length);
            expect(new Set(order)).toEqual(new Set(backends));
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('follows backends that come, leave and change their weights while requests are on their way', () => {
    fc.assert(
      fc.property(fc.array(anyBackends, { minLength: 1, maxLength: 5 }), fc.string(), (lists, key) => {
        const strategy = create(name);
        const begun = lists.map((backends) => {
          const candidates = strategy.candidates(backends, key)[Symbol.iterator]();
          const first = candidates.next();
          return { backends, candidates, order: first.done === true ? [] : [first.value] };
        });
        for (const { backends, candidates, order } of begun) {
          for (let next = candidates.next(); next.done !== true; next = candidates.next())
            order.push(next.value);
          expect(new Set(order)).toEqual(new Set(backends));
          expect(order).toHaveLength(backends.length);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('starves nobody when backends come, leave or change their weights', () => {
    let now = 0;
    const strategy = createStrategy<BusyBackend>(name, { random: seededRandom(), now: () => now });
    const inFlight: BusyBackend[] = [];
    /** Which of `backends` get the next requests, each of which is over when 6 others have come. */
    const serve = (backends: readonly BusyBackend[], requests: number) =>
      Array.from({ length: requests }, () => {
        const chosen = pick(strategy, backends, `key-${now++}`);
        chosen.activeConnections++;
        const over = inFlight.push(chosen) > 6 ? inFlight.shift() : undefined;
        if (over !== undefined) {
          over.activeConnections--;
          strategy.observe?.(over, { durationMs: 10, failed: false });
        }
        return chosen.url;
      });
    serve(fleet([1000, 1, 1]), 334);
    for (const changed of [fleet(3), fleet(4), fleet(3, 2)]) {
      for (const share of shares(serve(changed, 400), changed))
        expect(share).toBeGreaterThan(0.5 / changed.length);
    }
  });

  it('keeps its numbers in no other cells than it names, as whole numbers', () => {
    const backends = fleet([1, 2, 3]);
    const cells = new Map<string, number>();
    const strategy = createStrategy(name, { cells, random: seededRandom(), now: () => 1.5 });
    for (const [chosen] of Array.from({ length: 5 }, () => strategy.candidates(backends)))
      if (chosen !== undefined) strategy.observe?.(chosen, { durationMs: 1 / 3, failed: false });
    const names = new Set<string>(STRATEGIES[name].cells(backends));
    expect([...cells.keys()].filter((each) => !names.has(each))).toEqual([]);
    expect([...cells.values()].every((value) => (value | 0) === value)).toBe(true);
  });

  it('makes its tables when it is told to, by nothing but the list', () => {
    let hashed = 0;
    const backends = [1, 2, 3].map((number) => ({
      weight: 1,
      activeConnections: 0,
      get url() {
        hashed++;
        return `http://10.0.0.${number}:80`;
      },
    }));
    const cells = new Map<string, number>();
    const strategy = createStrategy(name, { cells, random: seededRandom(), now: () => 0 });
    strategy.prepare?.(backends);
    expect(cells.size).toBe(0);
    const before = hashed;
    pick(strategy, backends, 'key');
    if (STRATEGIES[name].hashes) expect([before > 0, hashed]).toEqual([true, before]);
  });

  it('says which settings it takes, each with a default that is allowed', () => {
    const { settings } = STRATEGIES[name];
    const defaults = Object.fromEntries(settings.map((setting) => [setting.name, setting.default]));
    expect(settingProblems(settings, defaults)).toEqual([]);
  });

  it('does with weights and keys what its definition says', () => {
    const { weighted, hashes } = STRATEGIES[name];
    const firsts = (weight: number, key?: (index: number) => string) => {
      const strategy = create(name);
      const backends = [backend('http://a:1', { activeConnections: 1, weight: 1 })];
      backends.push(backend('http://b:1', { activeConnections: 1, weight }));
      return Array.from({ length: 200 }, (_, index) => {
        const [first] = strategy.candidates(backends, key?.(index));
        return first?.url;
      });
    };
    const byIndex = (index: number) => `key-${index}`;
    expect(JSON.stringify(firsts(1, byIndex)) !== JSON.stringify(firsts(9, byIndex))).toBe(weighted);
    expect(JSON.stringify(firsts(1, () => 'k')) !== JSON.stringify(firsts(1, byIndex))).toBe(hashes);
  });
});

describe('createStrategy', () => {
  it.each([
    ['peak-ewma', { decayMs: 1 }],
    ['ring-hash', { pointsPerWeight: 1 }],
    ['maglev', { tableSize: 5 }],
    ['least-connections', { ties: 'first' }],
    ['weighted-least-connections', { ties: 'first' }],
    ['bounded-load', { factor: 10 }],
    ['bounded-load', { pointsPerWeight: 1 }],
  ] as const)('gives %s its settings, such as %j', (name, settings) => {
    // The first two are as busy.
    const backends = fleet(3).map((each, index) => ({ ...each, activeConnections: index >> 1 }));
    const behaviour = (given: SettingValues) => {
      let now = 0;
      const strategy = createStrategy(name, { random: seededRandom(), now: () => now++ }, given);
      return Array.from({ length: 50 }, (_, key) => {
        const [first] = strategy.candidates(backends, String(key));
        if (first !== undefined) strategy.observe?.(first, { durationMs: 50 - key, failed: false });
        return [first?.url, backends.map((each) => strategy.inspect?.(each))];
      });
    };
    expect(behaviour(settings)).not.toEqual(behaviour({}));
    expect(behaviour({})).toEqual(behaviour({}));
  });

  it.each([
    ['round-robin', { speed: 1 }, 'round-robin.speed = 1: must be left out: there are no settings'],
    ['least-connections', { ties: 'last' }, 'least-connections.ties = last: must be rotate or first'],
    ['peak-ewma', { decayMs: 0 }, 'peak-ewma.decayMs = 0: must be a number from 1 to 3600000 ms'],
    [
      'maglev',
      { tableSize: 65_536 },
      'maglev.tableSize = 65536: must be a prime number from 2 to 5000011 slots',
    ],
    [
      'bounded-load',
      { factor: Number.NaN, pointsPerWeight: 1.5 },
      'bounded-load.factor = NaN: must be a number from 1.01 to 10; bounded-load.pointsPerWeight = 1.5: must be a whole number from 1 to 10000 points',
    ],
  ] as const)('refuses %s with %j', (name, settings, message) => {
    expect(() => createStrategy(name, { random: Math.random, now: Date.now }, settings)).toThrow(
      new RangeError(message),
    );
  });
});

describe('cautionOf', () => {
  const many = fleet(Array.from({ length: 100 }, () => 100));
  it.each([
    ['ring-hash', many, { pointsPerWeight: 100 }, undefined],
    [
      'ring-hash',
      many,
      {},
      /^The ring would have 1600000 points .* of 1000000 at most: .* other backends than with nginx/,
    ],
    ['bounded-load', many, {}, /^The ring would have 1600000 points/],
    ['maglev', fleet(7), { tableSize: 7 }, undefined],
    ['maglev', fleet(7), { tableSize: 5 }, /^The table has 5 slots, and needs 7 for/],
    ['maglev', fleet([1, 1000]), { tableSize: 997 }, /^The table has 997 slots, and needs 1001 for/],
    ['maglev', [], {}, undefined],
    ['round-robin', many, {}, undefined],
  ] as const)('of %s', (name, backends, settings, expected) => {
    const caution = cautionOf(name, backends, settings);
    if (expected === undefined) expect(caution).toBeUndefined();
    else expect(caution).toMatch(expected);
  });
});
