import { spawnSync } from 'node:child_process';
import { constants } from 'node:os';

const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK']);
/** How long a step of the set-up may take to end before it is killed, in ms. */
const GRACE_MS = 1_000;

/**
 * The processes that run for this one, each the first of a group of its own.
 *
 * @type {Set<import('node:child_process').ChildProcess>}
 */
const running = new Set();

/**
 * Has a child, with all that it starts, end when this process is interrupted.
 *
 * @param {import('node:child_process').ChildProcess} child the first of its process group (`detached`)
 */
export function endOnInterruption(child) {
  running.add(child);
  child.once('close', () => running.delete(child));
}

/**
 * Until the function that it gives is called, a signal ends the set-up: what it runs is ended within {@link GRACE_MS}, "Interrupted"
 * is printed, and this process exits as a shell says of one that a signal ended. npm by itself goes on for long, or
 * prints errors of its own.
 *
 * @returns {() => void}
 */
export function exitOnInterruption() {
  /** @param {NodeJS.Signals} signal */
  const interrupt = (signal) => {
    stop();
    for (const again of SIGNALS) process.on(again, () => undefined);
    for (const child of running) endTree(child, 'SIGTERM');
    const exit = () => {
      process.stderr.write('Interrupted.\n');
      process.exit(128 + constants.signals[signal]);
    };
    if (running.size === 0) exit();
    setTimeout(() => {
      for (const child of running) endTree(child, 'SIGKILL');
      exit();
    }, GRACE_MS);
    for (const child of running) child.once('close', () => void (running.size === 0 && exit()));
  };
  const stop = () => {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  return stop;
}

/**
 * Sends a signal to a child and all that it has started. On Windows, where there are no signals, it ends them at once.
 *
 * @param {Pick<import('node:child_process').ChildProcess, 'pid'>} child the first of its process group (`detached`), but for Windows
 * @param {NodeJS.Signals} signal
 */
export function endTree({ pid }, signal) {
  if (pid === undefined) return;
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', String(pid), '/t', '/f'], { stdio: 'ignore' });
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has ended meanwhile.
  }
}
