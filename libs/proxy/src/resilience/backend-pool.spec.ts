import { STRATEGIES, type Backend } from '@balanza/balancing';
import { describe, expect, it } from 'vitest';
import { Ledger } from '../accounting/ledger.js';
import type { ProxiedBackend } from '../proxied-backend.js';
import { twoThreads } from '../testing/backend-records.js';
import { OUTCOME } from './backend-health.js';
import { BackendPool, type BackendPoolOptions } from './backend-pool.js';
import type { Choice } from './choice.js';
import type { BalancingPlan } from './plan.js';
import { simplePlan, type SimplePlan } from './simple-plan.js';

const NOW = 1_000_000;

/** A pool of backends that are called by one letter each. */
function poolOf(names: string, more: Partial<SimplePlan> = {}, options: BackendPoolOptions = {}) {
  const plan = simplePlan({ backends: names.split('').map((url) => ({ url })), ...more });
  const clock = { now: NOW };
  const pool = new BackendPool(plan, { now: () => clock.now, random: () => 0.5, ...options });
  const backend = (name: string) => {
    const found = pool.backends.find(({ url }) => url === name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  };
  const change = (changes: Partial<BalancingPlan>) =>
    pool.apply({ ...plan, version: pool.version + 1, ...changes });
  return { pool, plan, clock, backend, change };
}

function choice(more: Partial<Choice> = {}): Choice {
  return { candidates: undefined, version: 0, key: undefined, sticky: undefined, tried: undefined, ...more };
}

/** Who gets the next requests, which stay in flight. */
function picks(pool: BackendPool, count: number): string {
  return Array.from({ length: count }, () => nameOf(pool.pick(choice()))).join('');
}

/** Who is picked, or why nobody is. */
const nameOf = (picked: ReturnType<BackendPool['pick']>) =>
  typeof picked === 'string' ? `(${picked})` : picked.url;

const slotsOf = (names: string, mode: 'ready' | 'drain' | 'maintenance' = 'ready', weight = 1) =>
  names.split('').map((url, slot) => ({ url, slot, weight, mode }));

describe('a pool picks', () => {
  it('in the strategy’s order, and counts who is picked', () => {
    const { pool, backend } = poolOf('abc');
    expect([picks(pool, 4), backend('a').inFlight, backend('b').inFlight]).toEqual(['abca', 2, 1]);
  });

  it('nobody twice for one request, also when the plan changes in between', () => {
    const { pool, change, backend } = poolOf('abc');
    const request = { ...choice(), tried: [backend('a')] };
    pool.pick(request);
    request.tried.push(backend('b'));
    change({ backends: slotsOf('abc', 'ready', 2) });
    expect([nameOf(pool.pick(request)), pool.pick({ ...request, tried: [...pool.backends] })]).toEqual([
      'c',
      'out',
    ]);
  });

  it('nobody who is down, ejected, drained or in maintenance', () => {
    const { pool, backend, change } = poolOf('abcde');
    backend('a').health.onRefused(NOW);
    backend('b').health.eject('error-share', NOW, pool.policy.ejection);
    const modes = ['ready', 'ready', 'drain', 'maintenance', 'ready'] as const;
    change({ backends: slotsOf('abcde').map((each, slot) => ({ ...each, mode: modes[slot] ?? 'ready' })) });
    expect(picks(pool, 3)).toBe('eee');
    backend('e').health.onRefused(NOW);
    expect(picks(pool, 1)).toBe('(out)');
  });

  it('nobody who is full, and tells that waiting may help', () => {
    const { pool } = poolOf('ab', { policy: { limits: { maxInFlight: 2 } } });
    expect(picks(pool, 5)).toBe('abab(full)');
  });

  it('by a strategy that knows who is out: a bounded load is bounded by what the others have', () => {
    const { pool, backend } = poolOf('abcd', { strategy: 'bounded-load' });
    for (const name of 'cd') {
      for (let request = 0; request < 50; request++) backend(name).enter();
      backend(name).health.onRefused(NOW);
    }
    for (let request = 0; request < 8; request++) pool.pick(choice({ key: 'hot' }));
    // Of 8 requests at two backends each has at most 1.25 × 4.
    expect(pool.backends.map(({ inFlight }) => inFlight).toSorted((x, y) => x - y)).toEqual([3, 5, 50, 50]);
  });

  it('one that refused once a second, and puts it back when it accepts', () => {
    const { pool, backend, clock } = poolOf('ab');
    backend('a').health.onRefused(NOW);
    expect(picks(pool, 2)).toBe('bb');
    clock.now += 1_000;
    expect(picks(pool, 4)).toBe('abbb');
    pool.onAccepted(backend('a'));
    expect(backend('a').health.state).toBe('up');
  });

  it('the one that a client is kept at, as long as it is there and has room', () => {
    const { pool, backend } = poolOf('abc', { policy: { limits: { maxInFlight: 2 } } });
    const kept = () => nameOf(pool.pick(choice({ sticky: backend('c') })));
    expect([kept(), kept(), kept()]).toEqual(['c', 'c', 'a']);
    backend('c').leave();
    backend('c').health.onRefused(NOW);
    expect(kept()).toBe('b');
  });
});

it('a backend of which nobody knows what it has gets what no other can take', () => {
  const { pool, backend } = poolOf('abc', { strategy: 'least-connections' });
  backend('a').backgroundLoad = 7;
  backend('a').silence();
  expect([backend('a').isSilent, backend('a').activeConnections]).toEqual([true, 0]);
  expect(picks(pool, 4)).toBe('bcbc');
  backend('b').health.onRefused(NOW);
  backend('c').silence();
  expect(picks(pool, 2)).toBe('aa');
  backend('c').backgroundLoad = 9;
  expect([backend('c').isSilent, picks(pool, 1)]).toEqual([false, 'c']);
});

describe('slow start', () => {
  it('passes a returning backend over as often as its share says, whatever the strategy', () => {
    let chance = 0;
    const { pool, backend, clock } = poolOf(
      'ab',
      { strategy: 'least-connections' },
      { random: () => chance },
    );
    backend('a').health.onRefused(NOW);
    for (let request = 0; request < 20; request++) pool.pick(choice());
    backend('a').health.onAccepted(NOW, pool.policy.slowStart);
    // With nothing in flight it is first for all of these.
    const picked = Array.from({ length: 100 }, (_, request) => {
      chance = request / 100;
      const url = nameOf(pool.pick(choice()));
      if (url === 'a') backend('a').leave();
      return url;
    });
    expect(picked.filter((url) => url === 'a')).toHaveLength(10);
    clock.now += 10_000;
    chance = 0.99;
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

describe('a backend that fails', () => {
  const { failed, gatewayError, served } = OUTCOME;

  it('is ejected after 5 gateway errors in a row', () => {
    const { pool, backend } = poolOf('ab');
    const states = Array.from({ length: 5 }, () => {
      pool.judge(backend('a'), gatewayError);
      return backend('a').health.state;
    });
    expect(states).toEqual(['up', 'up', 'up', 'up', 'ejected']);
  });

  it('is ejected at the tenth request when 3 of them failed, whichever those were', () => {
    const { pool, backend } = poolOf('ab');
    const outcomes = [served, served, failed, served, served, failed, served, failed, served, served];
    const states = outcomes.map((outcome) => {
      pool.judge(backend('a'), outcome);
      return backend('a').health.state;
    });
    expect([states.slice(0, 9).includes('ejected'), states[9]]).toEqual([false, 'ejected']);
  });

  it('is left in when half of the pool is out already, or when ejection is off', () => {
    const { pool, backend } = poolOf('abc');
    const fail = (name: string) => {
      for (let error = 0; error < 20; error++) pool.judge(backend(name), gatewayError);
      return backend(name).health.state;
    };
    expect([fail('a'), fail('b'), fail('c')]).toEqual(['ejected', 'up', 'up']);
    const off = poolOf('ab', { policy: { ejection: { enabled: false } } });
    for (let error = 0; error < 20; error++) off.pool.judge(off.backend('a'), gatewayError);
    expect(off.backend('a').health.state).toBe('up');
  });

  it('counts as back, for who else may be ejected, once its time is over', () => {
    const { pool, backend, clock } = poolOf('ab');
    for (let error = 0; error < 5; error++) pool.judge(backend('a'), gatewayError);
    clock.now += 30_000;
    for (let error = 0; error < 5; error++) pool.judge(backend('b'), gatewayError);
    expect(pool.backends.map(({ health }) => health.state)).toEqual(['up', 'ejected']);
  });

  it('is told to strategies that learn', () => {
    const { pool, backend } = poolOf('ab', { strategy: 'peak-ewma' });
    pool.pick(choice());
    pool.observe(backend('a'), served, 200);
    expect(pool.strategy.inspect?.(backend('a'))).toEqual({ latency_ms: 200 });
  });
});

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
