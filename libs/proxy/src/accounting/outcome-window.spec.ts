import { describe, expect, it } from 'vitest';
import { OutcomeWindow, WINDOW_NUMBERS } from './outcome-window.js';

const WINDOW_MS = 10_000;
const NOW = 1_764_000_000_000;

function setUp() {
  const rows = [new Int32Array(WINDOW_NUMBERS), new Int32Array(WINDOW_NUMBERS)];
  const [first, second] = [new OutcomeWindow(rows, 0), new OutcomeWindow(rows, 1)];
  const seen = (window: OutcomeWindow, now: number) => {
    window.sum(now, WINDOW_MS);
    return [window.requests, window.failures];
  };
  return { first, second, seen };
}

describe('OutcomeWindow', () => {
  it('counts what all threads have seen', () => {
    const { first, second, seen } = setUp();
    first.add(false, NOW, WINDOW_MS);
    first.add(true, NOW + 100, WINDOW_MS);
    second.add(true, NOW + 2_000, WINDOW_MS);
    expect([seen(first, NOW + 2_000), seen(second, NOW + 2_000)]).toEqual([
      [3, 2],
      [3, 2],
    ]);
  });

  it('forgets what is older than the window, one tenth after another', () => {
    const { first, seen } = setUp();
    for (let second = 0; second < 10; second++) first.add(second < 5, NOW + second * 1_000, WINDOW_MS);
    expect([9, 10, 13, 18, 19].map((second) => seen(first, NOW + second * 1_000))).toEqual([
      [10, 5],
      [9, 4],
      [6, 1],
      [1, 0],
      [0, 0],
    ]);
  });

  it('counts anew where a tenth comes round again', () => {
    const { first, seen } = setUp();
    first.add(true, NOW, WINDOW_MS);
    first.add(false, NOW + WINDOW_MS, WINDOW_MS);
    expect(seen(first, NOW + WINDOW_MS)).toEqual([1, 0]);
  });

  it('is empty once it is cleared', () => {
    const { first, second, seen } = setUp();
    first.add(true, NOW, WINDOW_MS);
    second.add(true, NOW, WINDOW_MS);
    first.clear();
    expect(seen(second, NOW)).toEqual([0, 0]);
  });

  it('counts when the number of a stretch no longer fits into 32 bits', () => {
    const { first, seen } = setUp();
    const later = 2 ** 32 * 1_000 - 500;
    first.add(true, later, WINDOW_MS);
    first.add(true, later + 1_000, WINDOW_MS);
    expect(seen(first, later + 1_000)).toEqual([2, 2]);
  });
});
