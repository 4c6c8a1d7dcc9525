import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';

const POLL_MS = 50;

/**
 * The command line of a running process, its arguments separated by one space; `undefined` when there is none, or it
 * has ended and only waits for its parent.
 */
export async function commandOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    // Not by `ps`: the slim images of Debian have none.
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return line === '' ? undefined : line.replaceAll('\0', ' ').trim();
  }
  const { default: find } = await import('find-process');
  const [found] = await find('pid', pid);
  return found?.cmd;
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
