import { describe, expect, it } from 'vitest';
import { choice, nameOf, NOW, picks, poolOf, slotsOf } from '../testing/pool.js';

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
