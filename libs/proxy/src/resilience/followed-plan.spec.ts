import { STRATEGIES, type Backend } from '@balanza/balancing';
import { describe, expect, it } from 'vitest';
import { Ledger } from '../accounting/ledger.js';
import { twoThreads } from '../testing/backend-records.js';
import { choice, nameOf, NOW, picks, poolOf, slotsOf } from '../testing/pool.js';
import { OUTCOME } from './backend-health.js';
import { BackendPool } from './backend-pool.js';
import type { BalancingPlan } from './plan.js';

describe('a plan', () => {
  it('is followed only when it is newer, and not at all when it makes no sense', () => {
    const { pool, plan, change } = poolOf('ab');
    expect(pool.apply({ ...plan, backends: [] })).toBe(false);
    const wrong: [Partial<BalancingPlan>, string][] = [
      [{ strategy: { name: 'best', settings: {} } }, 'there is no strategy best'],
      [{ strategy: { name: 'maglev', settings: {}, hashKey: 'mood' } }, '"mood" is no hash key'],
      [{ backends: [...slotsOf('ab'), { url: 'c', slot: 1, weight: 1, mode: 'ready' }] }, 'c has slot 1'],
      [{ backends: [{ url: 'c', slot: 128, weight: 1, mode: 'ready' }] }, 'c has slot 128, of 128'],
      [{ backends: [...slotsOf('ab'), { url: 'a', slot: 2, weight: 1, mode: 'ready' }] }, 'a is there twice'],
      [{ backends: slotsOf('ab', 'ready', 0.5) }, 'a has weight 0.5'],
    ];
    for (const [changes, message] of wrong) expect(() => change(changes)).toThrow(message);
    expect([pool.version, picks(pool, 2)]).toEqual([1, 'ab']);
  });

  it.each([
    [
      'cannot be made',
      {
        create: () => {
          throw new RangeError('not so');
        },
      },
      'not so',
    ],
    [
      'keeps too much',
      { cells: (some: readonly unknown[]) => (some.length > 0 ? '123456789'.split('') : []) },
      'at most 8',
    ],
  ])('whose strategy %s changes nothing for anybody', (_what, part, message) => {
    const broken = {
      advice: '',
      weighted: true,
      hashes: false,
      settings: [],
      cells: () => [],
      create: () => ({ candidates: <B>(backends: readonly B[]) => backends }),
      ...part,
    };
    const { pool, change, backend } = poolOf('abc', {}, { strategies: { ...STRATEGIES, broken } });
    picks(pool, 1);
    const changes = {
      strategy: { name: 'broken', settings: {} },
      backends: [...slotsOf('ab', 'drain', 7), { url: 'd', slot: 2, weight: 1, mode: 'ready' as const }],
    };
    expect(() => change(changes)).toThrow(message);
    expect(pool.backends.map(({ url, weight, mode }) => [url, weight, mode])).toEqual([
      ['a', 1, 'ready'],
      ['b', 1, 'ready'],
      ['c', 1, 'ready'],
    ]);
    expect([pool.ledger.version, picks(pool, 3), backend('a').inFlight]).toEqual([1, 'bca', 2]);
  });

  it('changes weights, strategy and backends from the next request on, and keeps what is known', () => {
    const { pool, change, backend } = poolOf('ab');
    picks(pool, 2);
    backend('b').health.eject('error-share', NOW, pool.policy.ejection);
    change({
      strategy: { name: 'weighted-round-robin', settings: {} },
      backends: [
        { url: 'c', slot: 2, weight: 1, mode: 'ready' },
        { url: 'b', slot: 1, weight: 1, mode: 'ready' },
        { url: 'a', slot: 0, weight: 3, mode: 'ready' },
      ],
      policy: { ...pool.policy, slowStart: { windowMs: 0, aggression: 1, minWeight: 0 } },
    });
    expect(pool.backends.map(({ url, inFlight }) => [url, inFlight])).toEqual([
      ['c', 0],
      ['b', 1],
      ['a', 1],
    ]);
    expect(backend('b').health.state).toBe('ejected');
    backend('c').health.clear();
    expect(picks(pool, 4)).toBe('acaa');
  });

  it('is followed by all threads alike, one after the other', () => {
    const [ledger, same] = twoThreads();
    const first = poolOf('ab', {}, { ledger });
    const second = new BackendPool(first.plan, { ledger: same, thread: 1 });
    expect([picks(first.pool, 1), picks(second, 1), picks(first.pool, 1)]).toEqual(['a', 'b', 'a']);
    first.change({ backends: slotsOf('abc') });
    const inC = () => same.account(2, 1).inFlight;
    first.pool.pick(choice({ sticky: first.backend('c') }));
    // The other thread finds the slot as it is, with what is in flight there.
    second.apply({ ...first.plan, version: 2, backends: slotsOf('abc') });
    expect([inC(), second.backends.map(({ url }) => url)]).toEqual([1, ['a', 'b', 'c']]);
  });

  it('keeps what a strategy has learnt where its settings have the same values, however they are named', () => {
    const { pool, change, backend } = poolOf('ab', { strategy: 'peak-ewma' });
    picks(pool, 1);
    pool.observe(backend('a'), OUTCOME.served, 50);
    const strategyOf = (settings: object) => ({ strategy: { name: 'peak-ewma', settings: { ...settings } } });
    const known = () => pool.strategy.inspect?.(backend('a'));
    change(strategyOf({ decayMs: 10_000 }));
    expect(known()).toEqual({ latency_ms: 50 });
    change(strategyOf({ decayMs: 9_000 }));
    expect(known()).toEqual({ latency_ms: 0 });
  });

  it('has ties go to each in turn, whichever thread chooses', () => {
    const [ledger, same] = twoThreads();
    const first = poolOf('abc', { strategy: 'least-connections', settings: {} }, { ledger });
    const second = new BackendPool(first.plan, { ledger: same, thread: 1 });
    const pickOnce = (pool: BackendPool) => {
      const picked = pool.pick(choice());
      if (typeof picked !== 'string') picked.leave();
      return nameOf(picked);
    };
    const picked = Array.from({ length: 6 }, (_, turn) => pickOnce(turn % 2 === 0 ? first.pool : second));
    expect(picked.join('')).toBe('abcabc');
  });

  it('has tables made while others may choose, and numbers changed while they may not', () => {
    const [ledger] = twoThreads();
    const isLocked = () => new Int32Array(ledger.memory)[0] !== 0;
    const seen: (string | boolean)[] = [];
    const slow = {
      advice: '',
      weighted: true,
      hashes: false,
      settings: [],
      cells: () => [],
      create: () => ({
        prepare: (backends: readonly Backend[]) =>
          seen.push(isLocked(), backends.map(({ url, weight }) => url + weight).join()),
        candidates: <B>(backends: readonly B[]) => {
          seen.push(isLocked());
          return backends;
        },
      }),
    };
    const { pool, change } = poolOf('ab', { strategy: 'slow' }, { ledger, strategies: { slow } });
    picks(pool, 1);
    change({ backends: slotsOf('ab', 'ready', 2) });
    expect(seen).toEqual([false, 'a1,b1', true, false, 'a2,b2']);
  });

  it('takes strategies of other people', () => {
    const last = {
      advice: '',
      weighted: false,
      hashes: true,
      settings: [],
      cells: () => [],
      create: () => ({ candidates: <B>(backends: readonly B[]) => backends.toReversed() }),
    };
    const { pool } = poolOf('abc', { strategy: 'last' }, { strategies: { last } });
    expect([picks(pool, 2), pool.hashKey]).toEqual(['cc', 'address']);
  });

  it('needs no memory but its own', () => {
    const { pool } = poolOf('a', {}, { ledger: new Ledger({ capacity: 1, threads: 1 }) });
    expect([picks(pool, 1), pool.hashKey]).toEqual(['a', undefined]);
  });
});

describe('a backend that was removed and is added again', () => {
  it('is new: nothing that was held against it counts, and it starts slowly', () => {
    const { pool, change, backend } = poolOf('ab', { strategy: 'peak-ewma' }, { random: () => 0.99 });
    picks(pool, 2);
    pool.observe(backend('a'), OUTCOME.served, 9_000);
    backend('a').health.eject('error-share', NOW, pool.policy.ejection);
    change({ backends: slotsOf('ab').slice(1) });
    change({ backends: slotsOf('ab') });
    const { health, inFlight } = backend('a');
    expect([health.state, health.reason, health.timesEjected, health.isFine]).toEqual([
      'up',
      undefined,
      0,
      false,
    ]);
    expect(pool.strategy.inspect?.(backend('a'))).toEqual({ latency_ms: 0 });
    // What it had in flight when it was removed still is, and is counted down when it is over.
    expect(inFlight).toBe(1);
  });

  it('is so for all threads, and once', () => {
    const [ledger, same] = twoThreads();
    const first = poolOf('ab', {}, { ledger });
    const second = new BackendPool(first.plan, { ledger: same, thread: 1 });
    first.backend('a').health.onRefused(NOW);
    const plans = [slotsOf('ab').slice(1), slotsOf('ab')].map((backends, index) => ({
      ...first.plan,
      version: 2 + index,
      backends,
    }));
    for (const plan of plans) first.pool.apply(plan);
    expect(first.backend('a').health.state).toBe('up');
    first.backend('a').health.onRefused(NOW);
    for (const plan of plans) second.apply(plan);
    expect(second.backends.map(({ health }) => health.reason)).toEqual(['refused', undefined]);
  });
});
