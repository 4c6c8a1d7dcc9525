import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Start-up is over by then, and requests are few. */
const DELAY_MS = 1_500;

/**
 * Gives the memory that only start-up needed back to the system, once: a quarter of what a process holds (30 of
 * 130 MB, Node 26). V8 collects when something is allocated, so a process at rest would keep it for good.
 *
 * @param delayMs when start-up is over
 */
export function releaseStartUpMemory(delayMs = DELAY_MS): void {
  setTimeout(() => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as NodeJS.GCFunction;
    void collect({ type: 'major', execution: 'async', flavor: 'last-resort' });
  }, delayMs).unref();
}
