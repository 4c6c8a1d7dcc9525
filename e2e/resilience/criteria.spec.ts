import { describe, expect, it } from 'vitest';
import {
  missedByBusy,
  missedByFlaky,
  missedByLoad,
  missedBySlow,
  missedByStorm,
  missedByUnread,
} from './criteria.ts';
import type { LoadReport } from './steady-load.ts';

const fine: LoadReport = { requests: 100, failures: new Map(), p50: 1, p99: 30, max: 40 };
const broken: LoadReport = { ...fine, failures: new Map([['status 502', 2]]) };

describe('what must hold while backends fail', () => {
  it('no request fails, and as many as were asked for are counted', () => {
    expect(missedByLoad(fine, 100)).toEqual([]);
    expect(missedByLoad(broken, 101)).toEqual(['100 requests of 101', 'failed: 2 (2 × status 502)']);
  });

  it('the sick one of two gets a fifth at most, and clients see nothing of it', () => {
    expect(missedByFlaky({ what: '', report: fine, share: 0.2 })).toEqual([]);
    expect(missedByFlaky({ what: '', report: broken, share: 0.21 })).toEqual([
      'failed: 2 (2 × status 502)',
      'the bad one got 21.0 %, more than 20.0 %',
    ]);
  });

  it('when all fail, backends get 1.2 requests for each of the clients’ and 3 more at most', () => {
    expect(missedByStorm({ what: '', clientRequests: 100, backendRequests: 123 })).toEqual([]);
    expect(missedByStorm({ what: '', clientRequests: 100, backendRequests: 124 })).toEqual([
      '124 requests to backends, more than 123',
    ]);
  });

  it('with backends that serve one request at a time nothing is down, repeated or later than 1.5 × the service', () => {
    const result = { requests: 20, failures: 0, repeated: 0, down: 0, p50: 5_000, max: 7_500 };
    expect(missedByBusy(result, 5_000)).toEqual([]);
    expect(missedByBusy({ ...result, failures: 1, repeated: 2, down: 3, max: 7_501 }, 5_000)).toEqual([
      'failed: 1',
      '2 requests were made more than once',
      '3 backends were taken for down',
      'the longest took 7501.0 ms, more than 7500.0 ms',
    ]);
  });

  it('with unread streams every process says within 250 ms that it lives, and has 64 MiB more at most', () => {
    const good = { name: 'worker:1', slowest: 250, memoryAdded: 64 * 2 ** 20 };
    const statuses = new Map([['status 200', 10]]);
    expect(missedByUnread({ statuses, processes: [good] }, 10)).toEqual([]);
    const bad = [
      { ...good, slowest: 251 },
      { ...good, memoryAdded: 65 * 2 ** 20 },
      { ...good, memoryAdded: Number.NaN },
    ];
    expect(missedByUnread({ statuses, processes: bad }, 11)).toEqual([
      '10 of 11 streams were answered 200',
      'worker:1 took 251.0 ms to say that it lives',
      'worker:1 has 65.0 MiB more',
      'worker:1 has NaN MiB more',
    ]);
  });

  it('with one slow backend the p99 of least connections is a third of round robin’s at most', () => {
    expect(missedBySlow({ ...fine, p99: 90 }, fine)).toEqual([]);
    expect(missedBySlow({ ...fine, p99: 89 }, broken)).toEqual([
      'failed: 2 (2 × status 502)',
      'p99 30.0 ms, more than a third of round robin’s 89.0 ms',
    ]);
  });
});
