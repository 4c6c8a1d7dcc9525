import { describe, expect, it } from 'vitest';
import { PeakEwma, peakEwmaCells } from './peak-ewma.js';
import type { Outcome } from './strategy.js';
import { fleet, pick, picks, seededRandom, shares, type BusyBackend } from './testing/backends.js';

/** A strategy whose time a test sets by hand. */
function atTime(decayMs?: number, cells = new Map<string, number>()) {
  const clock = { now: 1_000 };
  const strategy = new PeakEwma<BusyBackend>({
    cells,
    random: seededRandom(),
    now: () => clock.now,
    ...(decayMs === undefined ? {} : { decayMs }),
  });
  return { clock, strategy, cells };
}

/** A strategy that has seen each of `backends` answer in `durationMs`. */
function experienced(backends: readonly BusyBackend[], durationMs = 10) {
  const { clock, strategy } = atTime();
  pick(strategy, backends);
  for (const each of backends) strategy.observe(each, { durationMs, failed: false });
  return { clock, strategy };
}

const REQUESTS = 6_000;

/** How many requests each backend gets of `clients` that ask again as soon as they have an answer. */
function countsOf(
  backends: readonly BusyBackend[],
  clients: number,
  answer: (backend: BusyBackend) => Outcome,
): number[] {
  const { clock, strategy } = atTime();
  const pending: { readonly at: number; readonly backend: BusyBackend; readonly outcome: Outcome }[] = [];
  const counts = new Map(backends.map((each) => [each, 0]));
  const ask = () => {
    const backend = pick(strategy, backends);
    const outcome = answer(backend);
    backend.activeConnections++;
    counts.set(backend, (counts.get(backend) ?? 0) + 1);
    pending.push({ at: clock.now + outcome.durationMs, backend, outcome });
    pending.sort((x, y) => x.at - y.at);
  };
  for (let client = 0; client < clients; client++) ask();
  for (let request = clients; request < REQUESTS; request++) {
    const ended = pending.shift();
    if (ended === undefined) break;
    clock.now = ended.at;
    ended.backend.activeConnections--;
    strategy.observe(ended.backend, ended.outcome);
    ask();
  }
  return [...counts.values()];
}

describe('PeakEwma', () => {
  it('keeps Finagle’s average: peaks at once, anything else by the time that has passed', () => {
    const { clock, strategy } = atTime();
    const backends = fleet(1);
    const [a] = backends as [BusyBackend];
    pick(strategy, backends);
    const costs: number[] = [];
    for (const [now, durationMs] of [
      [1_000, 100],
      [1_000, 50],
      [11_000, 50],
      [12_000, 200],
      [22_000, 0],
    ] as const) {
      clock.now = now;
      strategy.observe(a, { durationMs, failed: false });
      costs.push(strategy.inspect(a).latency_ms);
    }
    const lived = Math.exp(-1);
    expect(costs).toEqual(
      [100, 100, 100 * lived + 50 * (1 - lived), 200, 200 * lived].map((cost) => expect.closeTo(cost, 4)),
    );
  });

  it('lets a cost fade with the mean lifetime it is given, and looking changes nothing', () => {
    const { clock, strategy } = atTime(500);
    const backends = fleet(1);
    const [a] = backends as [BusyBackend];
    pick(strategy, backends);
    strategy.observe(a, { durationMs: 80, failed: false });
    clock.now += 500;
    expect(strategy.inspect(a).latency_ms).toBeCloseTo(80 / Math.E, 4);
    clock.now += 500;
    expect(strategy.inspect(a).latency_ms).toBeCloseTo(80 / Math.E ** 2, 4);
  });

  it('bears a clock that goes back', () => {
    const { clock, strategy } = atTime();
    const backends = fleet(1);
    const [a] = backends as [BusyBackend];
    pick(strategy, backends);
    strategy.observe(a, { durationMs: 80, failed: false });
    clock.now -= 500;
    expect(strategy.inspect(a)).toEqual({ latency_ms: 80 });
  });

  it('knows what was long ago whatever the date is', () => {
    const backends = fleet(1);
    const [a] = backends as [BusyBackend];
    const { clock, strategy } = atTime();
    clock.now = 1_800_000_000_000;
    pick(strategy, backends);
    strategy.observe(a, { durationMs: 80, failed: false });
    expect(strategy.inspect(a)).toEqual({ latency_ms: 80 });
    clock.now += 30 * 86_400_000;
    expect(strategy.inspect(a)).toEqual({ latency_ms: 0 });
  });

  it('prefers the backend whose requests take less time, counting those it has', () => {
    const backends = fleet(2);
    const [fast, slow] = backends as [BusyBackend, BusyBackend];
    const { strategy } = experienced(backends);
    strategy.observe(slow, { durationMs: 30, failed: false });
    expect(pick(strategy, backends)).toBe(fast);
    fast.activeConnections = 1; // 10 × 2 < 30
    expect(pick(strategy, backends)).toBe(fast);
    fast.activeConnections = 3; // 10 × 4 > 30
    expect(pick(strategy, backends)).toBe(slow);
  });

  it('lets a heavier backend have more at the same cost', () => {
    const backends = fleet([1, 3]);
    const [light, heavy] = backends as [BusyBackend, BusyBackend];
    const { strategy } = experienced(backends);
    for (let request = 0; request < 400; request++) pick(strategy, backends).activeConnections++;
    expect([light.activeConnections, heavy.activeConnections]).toEqual([
      expect.closeTo(100, -1),
      expect.closeTo(300, -1),
    ]);
  });

  it('sends a new backend one request, and the next only when that is answered', () => {
    const backends = fleet(5);
    const { strategy } = experienced(backends);
    const [fresh] = fleet(1, 100) as [BusyBackend];
    const grown = [...backends, fresh];
    const received = Array.from({ length: 200 }, () => {
      const chosen = pick(strategy, grown);
      chosen.activeConnections++;
      return chosen;
    }).filter((chosen) => chosen === fresh);
    expect(received).toHaveLength(1);
    fresh.activeConnections--;
    strategy.observe(fresh, { durationMs: 10, failed: false });
    expect(shares(picks(strategy, grown, 200), grown)[5]).toBeGreaterThan(0.2);
  });

  it('tries a backend that was slow again after a while', () => {
    const backends = fleet(3);
    const [a, b, slow] = backends as [BusyBackend, BusyBackend, BusyBackend];
    const { clock, strategy } = experienced(backends);
    strategy.observe(slow, { durationMs: 5_000, failed: false });
    let waited = 0;
    while (pick(strategy, backends) !== slow && waited < 600_000) {
      clock.now += 100;
      waited += 100;
      for (const each of [a, b]) strategy.observe(each, { durationMs: 10, failed: false });
    }
    // 5 s fade to 10 ms in 10 s × ln 500.
    expect(waited).toBeGreaterThan(60_000);
    expect(waited).toBeLessThan(70_000);
  });

  it.each([
    ['one request at a time', 1],
    ['30 requests at a time', 30],
    ['300 requests at a time', 300],
  ])('a backend that fails in 1 ms gets less than the others, which take 200 ms: %s', (_load, clients) => {
    const backends = fleet(3);
    const counts = countsOf(backends, clients, ({ url }) =>
      url === backends[0]?.url ? { durationMs: 1, failed: true } : { durationMs: 200, failed: false },
    );
    const [failing = 0, ...others] = counts.map((count) => count / REQUESTS);
    expect(failing).toBeLessThan(0.1);
    for (const share of others) expect(share).toBeGreaterThan(0.4);
  });

  it('a backend that fails every other time in 1 ms gets less than the others', () => {
    const backends = fleet(3);
    let turn = 0;
    const [failing = 0] = countsOf(backends, 30, ({ url }) =>
      url === backends[0]?.url && turn++ % 2 === 0
        ? { durationMs: 1, failed: true }
        : { durationMs: 200, failed: false },
    );
    expect(failing / REQUESTS).toBeLessThan(0.2);
  });

  it('backends that all fail share the requests, and their costs do not drive each other up', () => {
    const backends = fleet(3);
    const { clock, strategy } = experienced(backends, 200);
    const picked = Array.from({ length: 1_000 }, () => {
      clock.now += 1;
      const backend = pick(strategy, backends);
      strategy.observe(backend, { durationMs: 1, failed: true });
      return backend.url;
    });
    for (const each of backends) expect(strategy.inspect(each).penalty_ms ?? 0).toBeLessThanOrEqual(8 * 200);
    for (const share of shares(picked, backends)) expect(share).toBeGreaterThan(0.2);
  });

  it('forgives a single failure soon, and a backend that stays good altogether', () => {
    const backends = fleet(2);
    const [a, b] = backends as [BusyBackend, BusyBackend];
    const { clock, strategy } = experienced(backends, 50);
    b.activeConnections = 3;
    strategy.observe(a, { durationMs: 1, failed: true });
    expect(strategy.inspect(a)).toEqual({ latency_ms: 50, penalty_ms: 200 });
    strategy.observe(a, { durationMs: 1, failed: true });
    expect(strategy.inspect(a)).toEqual({ latency_ms: 50, penalty_ms: 400 });
    clock.now += 30_000;
    strategy.observe(a, { durationMs: 50, failed: false });
    expect(strategy.inspect(a)).toEqual({ latency_ms: expect.closeTo(50, 0) });
  });

  it('does not think better of a backend that fails quickly, and worse of one that fails slowly', () => {
    const backends = fleet(1);
    const [a] = backends as [BusyBackend];
    const { clock, strategy } = experienced(backends, 50);
    clock.now += 1_000;
    const before = strategy.inspect(a);
    strategy.observe(a, { durationMs: 1, failed: true });
    expect(strategy.inspect(a)).toEqual(before);
    strategy.observe(a, { durationMs: 900, failed: true });
    expect(strategy.inspect(a)).toEqual({ latency_ms: 900 });
  });

  it('holds a failure against what a cost has faded to, not against what it was long ago', () => {
    const backends = fleet(1);
    const [a] = backends as [BusyBackend];
    const { clock, strategy } = experienced(backends, 1_000);
    clock.now += 100_000;
    strategy.observe(a, { durationMs: 500, failed: true });
    expect(strategy.inspect(a).latency_ms).toBeCloseTo(500, 0);
  });

  it('shares what it learnt through its cells, which need no others than it names', () => {
    const backends = fleet(2);
    const [a] = backends as [BusyBackend];
    const { strategy, cells } = atTime();
    pick(strategy, backends);
    strategy.observe(a, { durationMs: 12.5, failed: false });
    expect(atTime(undefined, cells).strategy.inspect(a)).toEqual({ latency_ms: 12.5 });
    const names = new Set(peakEwmaCells(backends));
    expect([...cells.keys()].filter((name) => !names.has(name))).toEqual([]);
    expect([...cells.values()].every((value) => (value | 0) === value)).toBe(true);
  });

  it('forgets a backend that left, and learns nothing of it', () => {
    const backends = fleet(2);
    const [a, b] = backends as [BusyBackend, BusyBackend];
    const { strategy, cells } = atTime();
    pick(strategy, backends);
    for (const each of backends) strategy.observe(each, { durationMs: 10, failed: false });
    pick(strategy, [b]);
    strategy.observe(a, { durationMs: 10, failed: false });
    expect(strategy.inspect(a)).toEqual({ latency_ms: 0 });
    expect([...cells.keys()].filter((name) => !peakEwmaCells([b]).includes(name))).toEqual([]);
  });
});
