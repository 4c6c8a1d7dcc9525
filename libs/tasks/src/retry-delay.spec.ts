import { expect, it } from 'vitest';
import { retryDelayMs } from './retry-delay.js';

it('the wait doubles with each failure up to its most, spread over its upper half', () => {
  const delay = { firstMs: 1_000, maxMs: 6_000 };
  expect([1, 2, 3, 4, 50].map((n) => retryDelayMs(n, delay, 0))).toEqual([500, 1_000, 2_000, 3_000, 3_000]);
  expect([1, 2, 3, 4, 50].map((n) => retryDelayMs(n, delay, 1))).toEqual([1_000, 2_000, 4_000, 6_000, 6_000]);
});
