import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadlines, type Waiting } from './deadlines.js';
import { UNLISTED } from './roster.js';

class Someone implements Waiting {
  deadline = 0;
  place = UNLISTED;
  calls = 0;

  onDeadline(): void {
    this.calls++;
  }
}

/** By the clock that the test moves. */
const newDeadlines = () => new Deadlines(undefined, () => performance.now());

beforeEach(() => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }));
afterEach(() => vi.useRealTimers());

describe('a deadline', () => {
  it('is told once, never early, and soon after it has come', () => {
    const deadlines = newDeadlines();
    const someone = new Someone();
    deadlines.add(someone);
    deadlines.start();
    vi.advanceTimersByTime(50);
    someone.deadline = deadlines.after(1_000);
    vi.advanceTimersByTime(1_000);
    expect(someone.calls).toBe(0);
    vi.advanceTimersByTime(200);
    expect([someone.calls, someone.deadline]).toEqual([1, 0]);
    vi.advanceTimersByTime(10_000);
    expect(someone.calls).toBe(1);
    deadlines.stop();
  });

  it('does not come for who waits for nothing, or no longer waits', () => {
    const deadlines = newDeadlines();
    const idle = new Someone();
    const gone = new Someone();
    gone.deadline = deadlines.after(100);
    deadlines.add(idle);
    deadlines.add(gone);
    deadlines.delete(gone);
    deadlines.tick(deadlines.now + 100_000);
    expect([idle.calls, gone.calls, deadlines.size]).toEqual([0, 0, 1]);
  });

  it('does not come because the process stood still', () => {
    const deadlines = newDeadlines();
    const someone = new Someone();
    deadlines.add(someone);
    deadlines.start();
    someone.deadline = deadlines.after(1_000);
    vi.advanceTimersByTime(100);
    // One tick that comes ten seconds late, as after a suspended laptop: what came meanwhile is yet to be read.
    const real = performance.now();
    vi.spyOn(performance, 'now').mockImplementation(() => real + 10_000);
    vi.advanceTimersToNextTimer();
    expect(someone.calls).toBe(0);
    vi.restoreAllMocks();
    deadlines.stop();
  });
});
