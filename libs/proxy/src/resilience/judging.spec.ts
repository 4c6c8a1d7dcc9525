import { describe, expect, it } from 'vitest';
import { choice, NOW, poolOf } from '../testing/pool.js';
import { OUTCOME } from './backend-health.js';

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

  it('is left in when half of the pool is down already', () => {
    const { pool, backend } = poolOf('abcd');
    backend('b').health.onRefused(NOW);
    const fail = (name: string) => {
      for (let error = 0; error < 20; error++) pool.judge(backend(name), gatewayError);
      return backend(name).health.state;
    };
    expect([fail('a'), fail('c')]).toEqual(['ejected', 'up']);
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
