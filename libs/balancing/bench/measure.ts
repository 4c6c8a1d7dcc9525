import type { Backend, Strategy } from '@balanza/balancing';

/** Of CPU time for each figure: systems count it in steps of some ms. */
const MEASURED_MS = 300;
const KEYS = Array.from({ length: 1_024 }, (_, index) => `198.51.${index >> 8}.${index & 255}`);

/** ns of CPU time that a request's first candidate costs. */
export function nanosPerPick(strategy: Strategy, backends: readonly Backend[]): number {
  return 1e6 * millisPer(1_000, (count) => pickMany(strategy, backends, count));
}

/** ms of CPU time that the first request costs after the list changed. */
export function millisPerTable(strategy: Strategy, backends: readonly Backend[]): number {
  return millisPer(1, (count) => {
    for (let index = 0; index < count; index++) pickMany(strategy, [...backends], 1);
  });
}

/** CPU time of this thread, so that what others do meanwhile does not count; the first tenth is to warm up. */
function millisPer(atOnce: number, work: (count: number) => void): number {
  let count = 0;
  let start = process.threadCpuUsage();
  let isWarm = false;
  for (;;) {
    work(atOnce);
    count += atOnce;
    const { user, system } = process.threadCpuUsage(start);
    const spent = (user + system) / 1_000;
    if (isWarm && spent >= MEASURED_MS) return spent / count;
    if (!isWarm && spent >= MEASURED_MS / 10) {
      isWarm = true;
      count = 0;
      start = process.threadCpuUsage();
    }
  }
}

/** Asks as the data plane does: it takes the first candidate and leaves the others where they are. */
function pickMany(strategy: Strategy, backends: readonly Backend[], count: number): void {
  for (let index = 0; index < count; index++) {
    const candidates = strategy.candidates(backends, KEYS[index % KEYS.length]);
    const first = candidates[Symbol.iterator]().next();
    if (first.done === true) throw new Error('there is no candidate');
  }
}
