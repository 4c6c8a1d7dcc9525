import { setTimeout } from 'node:timers/promises';
import { isAlive } from '../setup/process-table.mjs';

const POLL_MS = 50;

/**
 * Sends a signal; that the process is gone already is fine.
 *
 * @throws Error when the process belongs to another user
 */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EPERM') {
      throw new Error(
        `Process ${pid} belongs to another user, as after sudo npm start; end it as that user`,
        {
          cause: error,
        },
      );
    }
    if (code !== 'ESRCH') throw error;
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
