import { describe, expect, it } from 'vitest';
import { EJECTION, SLOW_START } from '../testing/backend-records.js';
import { ejectionMs, ejectionReason, isFailure, isGatewayError, mayEject } from './ejection.js';
import { DEFAULT_POLICY, type SheddingPolicy } from './policy.js';
import { sheddingProbability } from './shedding.js';
import { slowStartFactor } from './slow-start.js';

describe('a backend is ejected', () => {
  it.each([
    [{ consecutive: 4, requests: 100, failures: 20 }, undefined],
    [{ consecutive: 5, requests: 5, failures: 5 }, 'consecutive-errors'],
    [{ consecutive: 0, requests: 9, failures: 9 }, undefined],
    [{ consecutive: 0, requests: 10, failures: 2 }, undefined],
    [{ consecutive: 0, requests: 10, failures: 3 }, 'error-share'],
    [{ consecutive: 0, requests: 1_000, failures: 201 }, 'error-share'],
  ])('or not: %o is %s', (observed, reason) => {
    expect(ejectionReason(observed, EJECTION)).toBe(reason);
  });

  it('only while no more than half of the pool is out', () => {
    const allowed = [1, 2, 3, 4, 5].map((size) =>
      [0, 1, 2, 3].filter((out) => mayEject(out, size, EJECTION)),
    );
    expect(allowed).toEqual([[], [0], [0], [0, 1], [0, 1]]);
  });

  it('by shares as they are written: 0.29 of 100 is 29', () => {
    const policy = { ...EJECTION, errorShare: 0.29, maxShare: 0.29 };
    const reasons = [29, 30].map((failures) =>
      ejectionReason({ consecutive: 0, requests: 100, failures }, policy),
    );
    expect(reasons).toEqual([undefined, 'error-share']);
    expect([28, 29].map((out) => mayEject(out, 100, policy))).toEqual([true, false]);
    expect(mayEject(0, 0, policy)).toBe(false);
  });

  it('for 30 s times its ejections, up to 300 s', () => {
    expect([1, 2, 9, 10, 11, 100].map((times) => ejectionMs(times, EJECTION))).toEqual([
      30_000, 60_000, 270_000, 300_000, 300_000, 300_000,
    ]);
  });

  it('for statuses that speak of the backend, not of the request', () => {
    const statuses = [200, 404, 499, 500, 501, 502, 503, 504, 505, 507];
    expect(statuses.filter((status) => isFailure(status))).toEqual([500, 502, 503, 504, 507]);
    expect(statuses.filter((status) => isGatewayError(status))).toEqual([502, 503, 504]);
  });
});

describe('slow start', () => {
  it.each([
    ['evenly', 1, [0.1, 0.1, 0.5, 0.9, 1, 1]],
    ['faster at first', 2, [0.1, Math.sqrt(0.05), Math.sqrt(0.5), Math.sqrt(0.9), 1, 1]],
  ])('gives a share that grows %s', (_how, aggression, expected) => {
    const policy = { ...SLOW_START, aggression };
    const shares = [0, 500, 5_000, 9_000, 10_000, 99_000].map((ms) => slowStartFactor(ms, policy));
    for (const [index, share] of shares.entries()) expect(share).toBeCloseTo(expected[index] ?? -1, 10);
  });

  it('is over at once where it has no window', () => {
    expect(slowStartFactor(0, { ...SLOW_START, windowMs: 0 })).toBe(1);
  });
});

describe('shedding, by Envoy’s formula', () => {
  const policy: SheddingPolicy = { ...DEFAULT_POLICY.shedding, threshold: 0.95, maxProbability: 0.8 };

  it.each([
    ['as many succeed as should', 1_000, 950, 1, 0],
    ['half succeed', 1_000, 500, 1, (1_000 - 500 / 0.95) / 1_001],
    ['half succeed, and it is aggressive', 1_000, 500, 2, ((1_000 - 500 / 0.95) / 1_001) ** 0.5],
    ['none succeeds: the highest', 1_000, 0, 1, 0.8],
    ['none succeeds, of too few to tell', 149, 0, 1, 0],
    ['none succeeds, of just enough', 150, 0, 1, 0.8],
  ])('where %s', (_what, requests, succeeded, aggression, expected) => {
    expect(sheddingProbability(requests, succeeded, { ...policy, aggression })).toBeCloseTo(expected, 12);
  });
});
