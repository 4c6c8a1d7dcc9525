import { describe, expect, it } from 'vitest';
import { median, medianInterval, percentile } from './statistics.js';

describe('median', () => {
  it.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[10, 2, 4, 100], 7],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('of nothing is no number', () => {
    expect(median([])).toBeNaN();
  });
});

describe('percentile', () => {
  const hundred = Float64Array.from({ length: 100 }, (_, index) => index + 1);

  it.each([
    [0, 1],
    [7, 7],
    [50, 50],
    [55, 55],
    [99, 99],
    [100, 100],
  ])('%d of 1 to 100 is %d', (rank, expected) => {
    expect(percentile(hundred, rank)).toBe(expected);
  });

  it('of nothing is no number', () => {
    expect(percentile([], 99)).toBeNaN();
  });
});

describe('the interval of a median', () => {
  const upTo = (count: number) => Array.from({ length: count }, (_, index) => count - index);

  // Conover, Practical Nonparametric Statistics, table A3: P(B < 2) for n = 11 is 12/2048, P(B < 6) for n = 21 is 0.0133.
  it.each([
    [6, { median: 3.5, low: 1, high: 6, coverage: 1 - 2 / 64 }],
    [11, { median: 6, low: 2, high: 10, coverage: 1 - 24 / 2048 }],
    [21, { median: 11, low: 6, high: 16, coverage: 1 - (2 * 27_896) / 2 ** 21 }],
  ])('of %d values', (count, expected) => {
    expect(medianInterval(upTo(count))).toEqual(expected);
  });

  it('is not given where the values are too few', () => {
    expect(() => medianInterval(upTo(5))).toThrow('5 values are too few for an interval of 95 %');
  });
});
