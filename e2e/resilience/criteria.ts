import type { FlakyResult, StormResult } from './bad-backends.ts';
import type { BusyResult } from './busy-backends.ts';
import { count, failed, mebibytes, milliseconds, percent } from './figures.ts';
import type { LoadReport } from './steady-load.ts';
import type { UnreadReport } from './unread-streams.ts';

/** Of all requests, those that the one of two backends may get that fails one in three; as with nginx's `max_fails=3`. */
export const MOST_OF_THE_SICK = 0.2;
/** Requests to backends for each of the clients', and beyond that, when every backend fails. */
export const STORM = { factor: 1.2, more: 3 };
/** The p99 of least connections, as a share of round robin's, with one backend ten times slower. */
export const SLOW_SHARE = 1 / 3;

/** The longest response of backends that are busy, as a multiple of the service time. */
export const BUSY_FACTOR = 1.5;

/** Most that a process may take to say that it lives, in ms, and most memory that it may have more, in bytes, by unread streams. */
export const UNREAD = { slowest: 250, memoryAdded: 64 * 2 ** 20 };

/** What was not as it must be while clients did not read their streams. @param streams that have to be open */
export function missedByUnread({ statuses, processes }: UnreadReport, streams: number): readonly string[] {
  const missed: string[] = [];
  const open = statuses.get('status 200') ?? 0;
  if (open < streams) missed.push(`${count(open)} of ${count(streams)} streams were answered 200`);
  for (const { name, slowest, memoryAdded } of processes) {
    if (!(slowest <= UNREAD.slowest))
      missed.push(`${name} took ${milliseconds(slowest)} to say that it lives`);
    if (!(memoryAdded <= UNREAD.memoryAdded)) missed.push(`${name} has ${mebibytes(memoryAdded)} more`);
  }
  return missed;
}

/** What of a load was not as it must be: every request is answered well. @param requests that have to be counted */
export function missedByLoad({ requests, failures }: LoadReport, wanted: number): readonly string[] {
  const missed: string[] = [];
  if (requests < wanted) missed.push(`${count(requests)} requests of ${count(wanted)}`);
  if (failures.size > 0) missed.push(`failed: ${failed(failures)}`);
  return missed;
}

/** What was not as it must be with one backend that fails now and then: clients see nothing of it, and it is left out. */
export function missedByFlaky({ report, share }: FlakyResult): readonly string[] {
  const missed = [...missedByLoad(report, 1)];
  if (share > MOST_OF_THE_SICK)
    missed.push(`the bad one got ${percent(share)}, more than ${percent(MOST_OF_THE_SICK)}`);
  return missed;
}

/** How many requests backends may get of `clientRequests` when all of them fail. */
export function mostOfStorm(clientRequests: number): number {
  return Math.floor(STORM.factor * clientRequests + STORM.more);
}

/** What was not as it must be when every backend fails: retries have a bound. */
export function missedByStorm({ clientRequests, backendRequests }: StormResult): readonly string[] {
  const most = mostOfStorm(clientRequests);
  return backendRequests > most
    ? [`${count(backendRequests)} requests to backends, more than ${count(most)}`]
    : [];
}

/** What was not as it must be with one slow backend. */
export function missedBySlow(roundRobin: LoadReport, leastConnections: LoadReport): readonly string[] {
  const missed = [...missedByLoad(leastConnections, 1)];
  const most = roundRobin.p99 * SLOW_SHARE;
  if (leastConnections.p99 > most)
    missed.push(
      `p99 ${milliseconds(leastConnections.p99)}, more than a third of round robin’s ${milliseconds(roundRobin.p99)}`,
    );
  return missed;
}

/** What was not as it must be with backends that are busy with one request at a time: it looks as if nothing were there in between. */
export function missedByBusy(
  { failures, repeated, down, max }: BusyResult,
  serviceMs: number,
): readonly string[] {
  const missed: string[] = [];
  if (failures > 0) missed.push(`failed: ${count(failures)}`);
  if (repeated > 0) missed.push(`${count(repeated)} requests were made more than once`);
  if (down > 0) missed.push(`${count(down)} backends were taken for down`);
  const most = BUSY_FACTOR * serviceMs;
  if (!(max <= most)) missed.push(`the longest took ${milliseconds(max)}, more than ${milliseconds(most)}`);
  return missed;
}
