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

  /** Fails so often that it is ejected if it may be. */
  const fail = ({ pool, backend }: ReturnType<typeof poolOf>, name: string) => {
    for (let error = 0; error < 20; error++) pool.judge(backend(name), gatewayError);
    return backend(name).health.state;
  };

  it('is ejected as long as another one is well, whatever is down or ejected already', () => {
    const scene = poolOf('abcde');
    scene.backend('a').health.onRefused(NOW);
    scene.backend('b').health.onRefused(NOW);
    expect([fail(scene, 'c'), fail(scene, 'd'), fail(scene, 'e')]).toEqual(['ejected', 'ejected', 'up']);
  });

  it('is left in when ejection is off, or no backend may be ejected', () => {
    for (const ejection of [{ enabled: false }, { maxShare: 0 }])
      expect(fail(poolOf('ab', { policy: { ejection } }), 'a')).toBe('up');
  });

  it('is left in where all that are up fail, and half of these are ejected', () => {
    const scene = poolOf('abcd');
    for (const name of 'abcd') scene.pool.judge(scene.backend(name), gatewayError);
    expect('abcd'.split('').map((name) => fail(scene, name))).toEqual(['ejected', 'ejected', 'up', 'up']);
    const one = poolOf('ab');
    one.backend('a').health.onRefused(NOW);
    expect(fail(one, 'b')).toBe('up');
  });

  it('comes back beyond half of those that are up when the last one that was well fails too', () => {
    const scene = poolOf('abcd');
    const states = () => scene.pool.backends.map(({ health }) => health.state);
    for (const name of 'abc') {
      fail(scene, name);
      scene.clock.now += 100;
    }
    expect(states()).toEqual(['ejected', 'ejected', 'ejected', 'up']);
    fail(scene, 'd');
    // The one whose ejection would have ended first.
    expect(states()).toEqual(['up', 'ejected', 'ejected', 'up']);
    expect(scene.backend('a').health.timesEjected).toBe(1);
  });

  it('comes back when no other backend can be sent anything', () => {
    const scene = poolOf('abc');
    fail(scene, 'a');
    fail(scene, 'b');
    expect(scene.pool.readmit()).toBe(true);
    expect([scene.backend('a').health.state, scene.backend('b').health.state]).toEqual(['up', 'ejected']);
    expect(scene.pool.readmit()).toBe(false);
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
