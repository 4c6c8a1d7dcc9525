import { describe, expect, it } from 'vitest';
import { QueueCount } from './queue-count.js';
import { Snapshot } from './snapshot.js';

describe('a snapshot', () => {
  // 10 and 12 were under way, 11 and all before 10 had ended, 14 had not begun.
  const snapshot = new Snapshot('10:14:10,12');

  it.each([
    [9, true],
    [10, false],
    [11, true],
    [12, false],
    [13, true],
    [14, false],
    [15, false],
  ])('of transaction %d sees it: %s', (transaction, sees) => {
    expect(snapshot.sees(transaction)).toBe(sees);
  });

  it('with nothing under way sees what came before, and nothing else', () => {
    const quiet = new Snapshot('7:7:');
    expect([6, 7].map((transaction) => quiet.sees(transaction))).toEqual([true, false]);
  });
});

describe('the count of a queue', () => {
  const of = ({ ready, delayed, total }: QueueCount) => ({ ready, delayed, total });

  it('is what this worker has changed', () => {
    const queue = new QueueCount();
    queue.change(5, { ready: 3 });
    queue.change(6, { ready: -1 });
    queue.change(7, { delayed: 2 });
    expect(of(queue)).toEqual({ ready: 2, delayed: 2, total: 4 });
  });

  it('makes up at each count for what others have changed, and keeps what the count did not see', () => {
    const queue = new QueueCount();
    queue.change(5, { ready: 10 });
    queue.change(8, { ready: 1 });
    queue.change(9, { delayed: 1 });
    // Somebody has cancelled six of the ten; 8 was under way, and 9 had not begun.
    queue.correct({ ready: 4, delayed: 0 }, new Snapshot('8:9:8'));
    expect(of(queue)).toEqual({ ready: 5, delayed: 1, total: 6 });
    queue.correct({ ready: 5, delayed: 1 }, new Snapshot('10:10:'));
    expect(of(queue)).toEqual({ ready: 5, delayed: 1, total: 6 });
  });

  it('has a change once, also when its answer comes after the count that saw it', () => {
    const queue = new QueueCount();
    queue.correct({ ready: 5, delayed: 0 }, new Snapshot('6:6:'));
    queue.change(5, { ready: 1 });
    expect(queue.total).toBe(5);
    queue.change(6, { ready: 1 });
    expect(queue.total).toBe(6);
  });

  it('is never below nothing, while an answer is missing', () => {
    const queue = new QueueCount();
    queue.change(5, { ready: -1, delayed: 1 });
    expect(of(queue)).toEqual({ ready: 0, delayed: 1, total: 1 });
  });
});
