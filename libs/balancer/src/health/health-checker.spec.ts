import { describe, expect, it } from 'vitest';
import { HealthChecker, type CheckedBackend } from './health-checker.js';
import type { ProbeResult } from './probe.js';

const OK: ProbeResult = { ok: true, refused: false, detail: '200' };
const FAILED: ProbeResult = { ok: false, refused: false, detail: '503' };
const [a, b] = ['http://127.0.0.1:1', 'http://127.0.0.1:2'];

function setUp({ jitter = 0, random = (): number => 0.5 } = {}) {
  let time = 1_000_000;
  const probed: string[] = [];
  const told: unknown[] = [];
  const results = new Map<string, Promise<ProbeResult>>();
  const down = new Set<string>();
  const silent = new Set<string>();
  const unverified = new Set<string>();
  const demands: boolean[] = [];
  let urls = [a];
  const checker = new HealthChecker({
    intervals: { interval: 2, fastInterval: 0.4, jitter },
    probe: (url, mustReact) => {
      probed.push(url);
      demands.push(mustReact);
      return results.get(url) ?? Promise.resolve(OK);
    },
    backends: () =>
      urls.map((url): CheckedBackend => ({
        url,
        isDown: down.has(url),
        isUnverified: unverified.has(url),
        isSilent: silent.has(url),
        onCheck: (result) => {
          told.push([url, result.ok]);
          return !result.ok;
        },
      })),
    now: () => time,
    random,
  });
  /** The times at which each tick asked, going on by 100 ms until `ms` have passed. */
  const run = async (ms: number) => {
    const before = probed.length;
    for (let passed = 0; passed < ms; passed += 100) {
      await checker.tick();
      time += 100;
    }
    return probed.slice(before);
  };
  return {
    checker,
    run,
    told,
    results,
    down,
    silent,
    unverified,
    demands,
    probed,
    setBackends: (...list: string[]) => (urls = list),
    advance: (ms: number) => (time += ms),
  };
}

describe('HealthChecker', () => {
  it('asks at once, and then once in an interval', async () => {
    const { run, told, checker } = setUp();
    expect(await run(100)).toEqual([a]);
    expect(await run(1900)).toEqual([]);
    expect(await run(4000)).toEqual([a, a]);
    expect(told).toEqual([
      [a, true],
      [a, true],
      [a, true],
    ]);
    expect(checker.lastCheck(a)).toEqual({ ...OK, at: 1_004_000, durationMs: 0 });
  });

  it('demands a reaction of who lets requests wait, until one comes', async () => {
    const { run, results, silent, demands } = setUp();
    await run(2000);
    silent.add(a);
    results.set(a, Promise.resolve(FAILED));
    await run(100);
    // Its requests have gone elsewhere.
    silent.delete(a);
    await run(400);
    results.delete(a);
    await run(800);
    await run(2000);
    expect(demands).toEqual([false, true, true, true, false]);
  });

  it('asks again soon when a check failed', async () => {
    const { run, results, told } = setUp();
    results.set(a, Promise.resolve(FAILED));
    expect(await run(1000)).toEqual([a, a, a]);
    expect(told).toEqual([
      [a, false],
      [a, false],
      [a, false],
    ]);
  });

  it('asks again at once when a check has taken longer than it was to pause', async () => {
    const { checker, results, advance, probed } = setUp();
    const slow = Promise.withResolvers<ProbeResult>();
    results.set(a, slow.promise);
    const first = checker.tick();
    advance(1_000);
    slow.resolve(FAILED);
    await first;
    await checker.tick();
    expect(probed).toEqual([a, a]);
  });

  it('asks at once for a backend that has come back under its address', async () => {
    const { run, unverified, results } = setUp();
    expect(await run(500)).toEqual([a]);
    unverified.add(a);
    results.set(a, Promise.resolve(FAILED));
    expect(await run(400)).toEqual([a]);
    expect(await run(400)).toEqual([a]);
  });

  it('asks sooner than it was to when requests found that nobody listens', async () => {
    const { run, down } = setUp();
    expect(await run(500)).toEqual([a]);
    down.add(a);
    expect(await run(100)).toEqual([a]);
    expect(await run(300)).toEqual([]);
    expect(await run(100)).toEqual([a]);
  });

  it('has one check under way for each backend, however long it takes, and others do not wait', async () => {
    const { checker, results, setBackends, probed, advance, told } = setUp();
    const slow = Promise.withResolvers<ProbeResult>();
    results.set(a, slow.promise);
    setBackends(a, b);
    const first = checker.tick();
    advance(5_000);
    void checker.tick();
    expect(probed).toEqual([a, b]);
    await Promise.resolve();
    advance(5_000);
    const second = checker.tick();
    slow.resolve(FAILED);
    await Promise.all([first, second]);
    expect(probed.filter((url) => url === a)).toHaveLength(1);
    expect(told).toContainEqual([a, false]);
  });

  it('varies the interval by the jitter', async () => {
    const shortest = setUp({ jitter: 0.1, random: () => 0 });
    expect(await shortest.run(1900)).toEqual([a, a]);
    const longest = setUp({ jitter: 0.1, random: () => 0.999 });
    expect(await longest.run(2100)).toEqual([a]);
  });

  it('forgets who has left, and tells nothing of it any more', async () => {
    const { checker, results, setBackends, told } = setUp();
    const slow = Promise.withResolvers<ProbeResult>();
    results.set(a, slow.promise);
    const tick = checker.tick();
    setBackends(b);
    await checker.tick();
    slow.resolve(OK);
    await tick;
    expect(told).toEqual([[b, true]]);
    expect(checker.lastCheck(a)).toBeUndefined();
  });
});
