import { DURATION_BUCKETS } from '@balanza/proxy';
import { describe, expect, it } from 'vitest';
import { quantileOf } from './percentile.js';

/** A histogram of these counts, by the upper bound of their bucket. */
const histogram = (counts: Readonly<Record<number, number>>) => [
  ...DURATION_BUCKETS.map((bound) => counts[bound] ?? 0),
  counts[Infinity] ?? 0,
];

describe('quantileOf', () => {
  it('knows nothing of nothing', () => {
    expect(quantileOf(histogram({}), 0.5)).toBeUndefined();
  });

  it('lies evenly within its bucket', () => {
    const even = histogram({ 0.1: 10, 0.25: 10 });
    expect(quantileOf(even, 0.25)).toBeCloseTo(0.075);
    expect(quantileOf(even, 0.5)).toBeCloseTo(0.1);
    expect(quantileOf(even, 0.75)).toBeCloseTo(0.175);
    expect(quantileOf(even, 1)).toBeCloseTo(0.25);
    expect(quantileOf(histogram({ 0.0005: 4 }), 0.5)).toBeCloseTo(0.00025);
  });

  it('is the highest bound for what lies beyond', () => {
    expect(quantileOf(histogram({ 0.1: 1, [Infinity]: 9 }), 0.99)).toBe(10);
  });
});
