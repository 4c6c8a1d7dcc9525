import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ProgressNotes } from './progress-notes.js';

const ATTEMPT = { task_id: 'task', attempt: 1, payload: {}, failures: 0 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp() {
  const written: number[] = [];
  const events = { noted: 0, write: async () => true };
  const abort = new AbortController();
  const notes = new ProgressNotes({
    store: {
      note(_attempt, progress) {
        written.push(progress);
        return events.write();
      },
    },
    attempt: ATTEMPT,
    signal: abort.signal,
    onNoted: () => events.noted++,
  });
  return { written, events, abort, notes };
}

it('the first word is written at once, and then the latest four times a second at most', async () => {
  const { written, events, notes } = setUp();
  for (let word = 1; word <= 100; word++) {
    notes.take(word / 100);
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(written).toEqual([0.01, 0.25, 0.5, 0.75, 1]);
  expect(events.noted).toBe(5);
  // Nothing is written twice.
  await vi.advanceTimersByTimeAsync(10_000);
  expect(written).toHaveLength(5);
});

it('what is not written is told by nobody, and the next word is written all the same', async () => {
  const { written, events, notes } = setUp();
  events.write = () => Promise.reject(new Error('away'));
  notes.take(0.1);
  await vi.advanceTimersByTimeAsync(250);
  events.write = async () => true;
  notes.take(0.2);
  await vi.advanceTimersByTimeAsync(0);
  expect([written, events.noted]).toEqual([[0.1, 0.2], 1]);
});

it('the last word is given at the end, and nothing is written afterwards', async () => {
  const { written, notes } = setUp();
  expect(setUp().notes.end()).toBeUndefined();
  notes.take(0.1);
  notes.take(0.9);
  expect(notes.end()).toBe(0.9);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(written).toEqual([0.1]);
});

it('nothing is written of an attempt that is given up', async () => {
  const { written, abort, notes } = setUp();
  notes.take(0.1);
  notes.take(0.2);
  abort.abort();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(written).toEqual([0.1]);
});
