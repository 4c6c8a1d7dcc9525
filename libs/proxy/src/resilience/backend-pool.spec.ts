import { STRATEGY_NAMES } from '@balanza/balancing';
import { seededRandom } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { choice, nameOf, NOW, picks, poolOf, slotsOf } from '../testing/pool.js';
import { OUTCOME } from './backend-health.js';

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

  it('for another attempt first a backend that has not failed lately', () => {
    const { pool, backend } = poolOf('abcd');
    const { ejection } = pool.policy;
    for (const name of 'bd') backend(name).health.onOutcome(OUTCOME.gatewayError, NOW, ejection);
    const tried = [backend('a')];
    const request = choice({ tried });
    const picked = Array.from({ length: 4 }, () => {
      const next = pool.pick(request);
      if (typeof next !== 'string') tried.push(next);
      return nameOf(next);
    });
    expect(picked).toEqual(['c', 'b', 'd', '(out)']);
    expect(picks(pool, 4).split('').toSorted().join('')).toBe('abcd');
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

describe('a backend that waits for its first check', () => {
  const checks = { enabled: true };
  const passes = (scene: ReturnType<typeof poolOf>, name: string) =>
    scene.backend(name).health.onCheck(true, NOW, scene.pool.policy.checks, scene.pool.policy.slowStart);

  it('gets requests like any other as long as none is known to be well', () => {
    const scene = poolOf('abc', { policy: { checks } });
    expect(picks(scene.pool, 4)).toBe('abca');
    passes(scene, 'b');
    expect(picks(scene.pool, 3)).toBe('bbb');
    for (const name of 'ac') passes(scene, name);
    expect(picks(scene.pool, 3).split('').toSorted().join('')).toBe('abc');
  });

  it.each(STRATEGY_NAMES)('gets none beside others when it is added or made ready, by %s', (strategy) => {
    const scene = poolOf('ab', { strategy, policy: { checks } }, { random: seededRandom(7) });
    for (const name of 'ab') passes(scene, name);
    const added = slotsOf('abc');
    scene.change({ backends: added });
    const keys = Array.from({ length: 40 }, (_, key) =>
      choice({ key: String(key), sticky: scene.backend('c') }),
    );
    const picked = (choices: typeof keys) => choices.map((each) => nameOf(scene.pool.pick(each))).join('');
    expect(picked(keys)).toMatch(/^[ab]{40}$/);
    passes(scene, 'c');
    scene.clock.now += 10_000;
    expect(picked(keys.map(({ key }) => choice({ key })))).toContain('c');
    scene.change({
      backends: added.map((each) => ({ ...each, mode: each.url === 'c' ? 'maintenance' : 'ready' })),
    });
    scene.change({ backends: added });
    expect(picked(keys)).toMatch(/^[ab]{40}$/);
  });

  it('gets none while those that are known to be well have no room, and all when these are down', () => {
    const scene = poolOf('ab', { policy: { checks, limits: { maxInFlight: 1 } } });
    for (const name of 'ab') passes(scene, name);
    scene.change({ backends: slotsOf('abc') });
    expect(picks(scene.pool, 3)).toBe('ab(full)');
    for (const name of 'ab') scene.backend(name).health.onRefused(NOW);
    expect(picks(scene.pool, 2)).toBe('c(full)');
  });

  it('is like any other where nothing is checked', () => {
    const scene = poolOf('ab', { policy: { checks: { enabled: false }, slowStart: { windowMs: 0 } } });
    scene.change({ backends: slotsOf('abc') });
    expect(picks(scene.pool, 3)).toBe('abc');
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
