import { describe, expect, it } from 'vitest';
import { DURATION_BUCKETS, Tally, TALLY_NUMBERS, totalsOf } from './tally.js';

const NO_BUCKETS = Array.from({ length: DURATION_BUCKETS.length + 1 }, () => 0);
const NOTHING = { buckets: NO_BUCKETS, sum: 0 };

/** The tallies of two threads, and what both have counted. */
function twoThreads() {
  const numbers = [new Float64Array(TALLY_NUMBERS), new Float64Array(TALLY_NUMBERS)] as const;
  return {
    first: new Tally(numbers[0]),
    second: new Tally(numbers[1]),
    totals: () => totalsOf(numbers),
  };
}

describe('Tally', () => {
  it('counts each thing by itself, and all threads together', () => {
    const { first, second, totals } = twoThreads();
    for (let count = 0; count < 4; count++) first.addRequest();
    second.addRequest();
    first.addError();
    second.addError();
    second.addRetry();
    first.addAnswer(200, 1, 20);
    first.addAnswer(404, 300, 4_000);
    second.addAnswer(200, 50_000, 600_000);
    expect(totals()).toEqual({
      requests: 5,
      errors: 2,
      retries: 1,
      bytesReceived: 50_301,
      bytesSent: 604_020,
      durations: { connect: NOTHING, head: NOTHING, total: NOTHING },
      statuses: new Map([
        [200, 2],
        [404, 1],
      ]),
    });
  });

  it('puts each duration into the bucket that it just fits into, and adds them up in seconds', () => {
    const { first, second, totals } = twoThreads();
    // A bound belongs to its bucket.
    for (const bound of DURATION_BUCKETS) first.addDuration('head', bound * 1_000);
    first.addDuration('head', 0.6);
    second.addDuration('head', 10_001);
    second.addDuration('total', 250);
    const sum = DURATION_BUCKETS.reduce((all, bound) => all + bound, 0) + 0.0006 + 10.001;
    const { connect, head, total } = totals().durations;
    expect(connect).toEqual(NOTHING);
    expect(head).toEqual({
      buckets: NO_BUCKETS.map((_, index) => (index === 1 ? 2 : 1)),
      sum: expect.closeTo(sum, 9),
    });
    expect(total).toEqual({
      buckets: NO_BUCKETS.map((_, index) => Number(DURATION_BUCKETS[index] === 0.25)),
      sum: 0.25,
    });
  });
});
