/** Longest that one timer of Node waits, in milliseconds: what is longer, it takes for 1 ms (24.9 days; Node.js, timers). */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Calls back after any time, however long, as `setTimeout` does for up to 24 days.
 *
 * @param delayMs milliseconds; `Infinity` is never
 * @returns ends the wait
 */
export function startTimer(onTime: () => void, delayMs: number): () => void {
  let left = delayMs;
  let timer: NodeJS.Timeout;
  const wait = () => {
    const step = Math.min(left, MAX_TIMER_MS);
    left -= step;
    timer = setTimeout(left > 0 ? wait : onTime, step);
  };
  wait();
  return () => clearTimeout(timer);
}
