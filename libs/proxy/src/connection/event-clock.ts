// By import, as the global is a getter that V8 calls anew for each request.
import { performance } from 'node:perf_hooks';

/** What `performance.now()` of this thread, which counts from the thread's start, lacks to the clock that all threads have. */
const THREAD_START = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/**
 * The time of what happens now, in ms of `performance.now()`: read once for each event of a socket or timer, however many
 * things are timed by it. One for all that run in a thread.
 */
class EventClock {
  now = performance.now();

  /** {@link now} as other threads would say it: in ms of a clock that nobody sets, from a moment that is the same for all of them. */
  get shared(): number {
    return this.now + THREAD_START;
  }

  /** Another event begins. */
  read(): number {
    this.now = performance.now();
    return this.now;
  }
}

export const eventClock = new EventClock();
