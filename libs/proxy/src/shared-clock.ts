// By import, as the global is a getter that V8 calls anew for each request.
import { performance } from 'node:perf_hooks';

/** What `performance.now()` of this thread, which counts from the thread's start, lacks to the clock that all threads have. */
const THREAD_START = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** A time of `performance.now()` of this thread, as other threads would say it: by {@link sharedNow}. */
export function sharedTime(time: number): number {
  return time + THREAD_START;
}

/**
 * The time in ms of a clock that nobody sets, from a moment that is the same for all threads: what threads agree on is in it, such as for how
 * long a backend is left out. The clock on the wall may be set back at any time.
 */
export function sharedNow(): number {
  return sharedTime(performance.now());
}

/** A time of {@link sharedNow} in ms since 1970, for people. */
export function wallTime(time: number): number {
  return Math.round(Date.now() - sharedNow() + time);
}
