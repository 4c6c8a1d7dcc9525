import { describe, expect, it } from 'vitest';
import { EJECTION, newHealth, SLOW_START, twoThreads } from '../testing/backend-records.js';
import { OUTCOME } from './backend-health.js';

const CHECKS = { enabled: true, fall: 3, rise: 2 };
const NOW = 1_000_000;

describe('a backend’s health', () => {
  it('is up and fine from the start, without slow start', () => {
    const health = newHealth();
    expect([health.isFine, health.state, health.reason, health.since, health.isOut(NOW, SLOW_START)]).toEqual(
      [true, 'up', undefined, 0, false],
    );
    expect(health.share(NOW, SLOW_START)).toBe(1);
  });

  it('is down after 3 failed checks in a row, up after 2 good ones, and then starts slowly', () => {
    const health = newHealth();
    const checks = [false, false, true, false, false, false, true, false, true, true];
    const states = checks.map((ok, index) => [
      health.onCheck(ok, NOW + index, CHECKS, SLOW_START),
      health.state,
    ]);
    expect(states).toEqual([
      [false, 'up'],
      [false, 'up'],
      [false, 'up'],
      [false, 'up'],
      [false, 'up'],
      [true, 'down'],
      [false, 'down'],
      [false, 'down'],
      [false, 'down'],
      [true, 'up'],
    ]);
    expect([health.since, health.share(NOW + 9 + 5_000, SLOW_START)]).toEqual([NOW + 9, 0.5]);
    expect([health.isFine, health.share(NOW + 9 + 10_000, SLOW_START), health.isFine]).toEqual([
      false,
      1,
      true,
    ]);
  });

  it('that no check has found well yet goes by one check, and by 3 and 2 from then on', () => {
    const health = newHealth();
    health.doubt();
    const states = [false, false, true, false, false, true, false, false, false, true, true].map(
      (ok, index) => {
        health.onCheck(ok, NOW + index, CHECKS, SLOW_START);
        return [health.state, health.isUnverified];
      },
    );
    const [down, up] = ['down', 'up'];
    expect(states.map(([state]) => state)).toEqual([down, down, up, up, up, up, up, up, down, down, up]);
    expect(states.map(([, unverified]) => unverified).indexOf(false)).toBe(2);
  });

  it('is no longer in doubt where nothing checks it', () => {
    const health = newHealth();
    health.doubt();
    expect([health.isFine, health.state, health.isWell(NOW, EJECTION)]).toEqual([false, 'up', false]);
    health.forgetChecks(NOW, SLOW_START);
    expect([health.isFine, health.isWell(NOW, EJECTION)]).toEqual([true, true]);
  });

  it('that fails its checks gets nothing, however long that lasts, unless nobody checks any more', () => {
    const health = newHealth();
    for (let check = 0; check < 3; check++) health.onCheck(false, NOW, CHECKS, SLOW_START);
    expect([health.reason, health.isOut(NOW + 1e9, SLOW_START)]).toEqual(['checks', true]);
    health.forgetChecks(NOW, SLOW_START);
    expect([health.state, health.isOut(NOW, SLOW_START)]).toEqual(['up', false]);
  });

  it('that refused a connection is down at once, and is tried with one request a second', () => {
    const health = newHealth();
    health.onRefused(NOW);
    expect([health.state, health.reason, health.since]).toEqual(['down', 'refused', NOW]);
    const tried = [0, 999, 1_000, 1_001, 1_999, 2_000].filter((ms) => !health.isOut(NOW + ms, SLOW_START));
    expect(tried).toEqual([1_000, 2_000]);
    health.onRefused(NOW + 2_000);
    expect(health.since).toBe(NOW);
    health.onAccepted(NOW + 3_000, SLOW_START);
    expect([health.state, health.share(NOW + 3_000, SLOW_START)]).toEqual(['up', 0.1]);
  });

  it('that refuses is no longer ejected: another process will take its place', () => {
    const health = newHealth();
    health.eject('consecutive-errors', NOW, EJECTION);
    health.onRefused(NOW + 1);
    expect([health.state, health.reason, health.ejectedUntil]).toEqual(['down', 'refused', 0]);
    expect([health.isOut(NOW + 1_001, SLOW_START), health.state]).toEqual([false, 'down']);
    health.onAccepted(NOW + 1_001, SLOW_START);
    expect([health.state, health.reason, health.consecutiveErrors]).toEqual(['up', undefined, 0]);
  });

  it('that refused is up after one good check', () => {
    const health = newHealth();
    health.onRefused(NOW);
    expect([health.onCheck(true, NOW + 400, CHECKS, SLOW_START), health.state]).toEqual([true, 'up']);
  });

  it('is ejected for longer each time, and forgiven one time for each 30 s that it was good', () => {
    const health = newHealth();
    const lasts = [0, 31_000, 92_000, 184_000 + 61_000].map((ms) => {
      const now = NOW + ms;
      health.refresh(now, SLOW_START);
      health.eject('error-share', now, EJECTION);
      return [health.state, health.reason, health.ejectedUntil - now, health.timesEjected];
    });
    expect(lasts).toEqual([
      ['ejected', 'error-share', 30_000, 1],
      ['ejected', 'error-share', 60_000, 2],
      ['ejected', 'error-share', 90_000, 3],
      ['ejected', 'error-share', 120_000, 4],
    ]);
    const returned = NOW + 184_000 + 61_000 + 120_000;
    health.refresh(returned, SLOW_START);
    health.eject('error-share', returned + 65_000, EJECTION);
    expect(health.timesEjected).toBe(3);
  });

  it('that was ejected comes back slowly when its time is over, with what it did forgotten', () => {
    const health = newHealth();
    for (let error = 0; error < 5; error++) health.onOutcome(OUTCOME.gatewayError, NOW, EJECTION);
    expect([health.consecutiveErrors, health.isSuspect]).toEqual([5, true]);
    health.eject('consecutive-errors', NOW, EJECTION);
    expect([health.isOut(NOW + 29_999, SLOW_START), health.isOut(NOW + 30_000, SLOW_START)]).toEqual([
      true,
      false,
    ]);
    expect([health.state, health.reason, health.ejectedUntil, health.consecutiveErrors]).toEqual([
      'up',
      undefined,
      0,
      0,
    ]);
    expect(health.observed(NOW + 30_000, EJECTION)).toEqual({ requests: 0, failures: 0 });
    expect(health.share(NOW + 30_000, SLOW_START)).toBe(0.1);
  });

  it('stays out as long as there is any reason', () => {
    const health = newHealth();
    health.eject('error-share', NOW, EJECTION);
    for (let check = 0; check < 3; check++) health.onCheck(false, NOW, CHECKS, SLOW_START);
    expect(health.isOut(NOW + 30_000, SLOW_START)).toBe(true);
    for (let check = 0; check < 2; check++) health.onCheck(true, NOW + 40_000, CHECKS, SLOW_START);
    expect([health.state, health.isOut(NOW + 40_000, SLOW_START)]).toEqual(['up', false]);
  });

  it('counts errors in a row up to the next request that is served, and failures by their share', () => {
    const health = newHealth();
    const { served, failed, gatewayError } = OUTCOME;
    const counts = [gatewayError, gatewayError, failed, gatewayError, served].map((outcome) => {
      health.onOutcome(outcome, NOW, EJECTION);
      return health.consecutiveErrors;
    });
    expect(counts).toEqual([1, 2, 0, 1, 0]);
    expect(health.observed(NOW, EJECTION)).toEqual({ requests: 5, failures: 4 });
    expect([health.observed(NOW + 10_000, EJECTION), health.isSuspect]).toEqual([
      { requests: 0, failures: 0 },
      false,
    ]);
  });

  it('is the same for every thread', () => {
    const [first, second] = twoThreads();
    first.health(3, 0).onOutcome(OUTCOME.gatewayError, NOW, EJECTION);
    second.health(3, 1).onOutcome(OUTCOME.gatewayError, NOW, EJECTION);
    const health = first.health(3, 0);
    expect([health.consecutiveErrors, health.observed(NOW, EJECTION)]).toEqual([
      2,
      { requests: 2, failures: 2 },
    ]);
    second.health(3, 1).onRefused(NOW);
    expect([health.state, health.isOut(NOW, SLOW_START), first.health(2).state]).toEqual([
      'down',
      true,
      'up',
    ]);
  });

  it('has no slow start where that has no window', () => {
    const health = newHealth();
    const none = { ...SLOW_START, windowMs: 0 };
    health.onRefused(NOW);
    health.onAccepted(NOW, none);
    expect([health.isFine, health.share(NOW, none)]).toEqual([true, 1]);
  });
});
