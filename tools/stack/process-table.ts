import { setTimeout } from 'node:timers/promises';
import { commandLineOf } from '../setup/port-holder.mjs';

const POLL_MS = 50;

/** The command line of a running process, its arguments separated by one space; `undefined` when there is none. */
export async function commandOf(pid: number): Promise<string | undefined> {
  return (await commandLineOf(pid))?.join(' ').trim();
}

/** Whether a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Sends a signal; that the process is gone already is fine. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Waits until all of `pids` have ended, at most until `deadline` (a `Date.now()`). Resolves to those that have not. */
export async function whenEnded(pids: readonly number[], deadline: number): Promise<readonly number[]> {
  for (;;) {
    const left = pids.filter(isAlive);
    if (left.length === 0 || Date.now() >= deadline) return left;
    await setTimeout(POLL_MS);
  }
}
