import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startTimer } from './long-timer.js';

const DAY_MS = 86_400_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it.each([0, 1, 2 ** 31 - 1, 2 ** 31, 30 * DAY_MS, 400 * DAY_MS])(
  '%d ms are over when they are over',
  (delayMs) => {
    const onTime = vi.fn<() => void>();
    startTimer(onTime, delayMs);
    vi.advanceTimersByTime(Math.max(0, delayMs - 1));
    if (delayMs > 0) expect(onTime).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(onTime).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1_000 * DAY_MS);
    expect(onTime).toHaveBeenCalledTimes(1);
  },
);

it('what is never over is never over', () => {
  const onTime = vi.fn<() => void>();
  startTimer(onTime, Infinity);
  vi.advanceTimersByTime(1_000 * DAY_MS);
  expect(onTime).not.toHaveBeenCalled();
});

it('what was ended does not call back, also after its first 24 days', () => {
  const onTime = vi.fn<() => void>();
  const end = startTimer(onTime, 60 * DAY_MS);
  vi.advanceTimersByTime(30 * DAY_MS);
  end();
  vi.advanceTimersByTime(1_000 * DAY_MS);
  expect(onTime).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});
