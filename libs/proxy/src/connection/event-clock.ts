// By import, as the global is a getter that V8 calls anew for each request.
import { performance } from 'node:perf_hooks';
import { sharedTime } from '../shared-clock.js';

/**
 * The time of what happens now, in ms of `performance.now()`: read once for each event of a socket or timer, however many
 * things are timed by it. One for all that run in a thread.
 */
class EventClock {
  now = performance.now();

  /** {@link now} as other threads would say it. */
  get shared(): number {
    return sharedTime(this.now);
  }

  /** Another event begins. */
  read(): number {
    this.now = performance.now();
    return this.now;
  }
}

/** The clock of this thread. */
export const eventClock = new EventClock();
