import { readFile } from 'node:fs/promises';

/**
 * The arguments that a running process was called with; `undefined` when there is none, or it has ended and only
 * waits for its parent.
 *
 * @param {number} pid
 * @returns {Promise<string[] | undefined>}
 */
export async function commandLineOf(pid) {
  if (process.platform === 'linux') {
    // Not by `ps`: the slim images of Debian have none.
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return line === '' ? undefined : line.replace(/\0$/, '').split('\0');
  }
  const find = await findProcess();
  const [found] = (await find?.('pid', pid)) ?? [];
  return found?.cmd.split(' ');
}

/**
 * The command line of a running process, its arguments separated by one space; `undefined` when there is none.
 *
 * @param {number} pid
 */
export async function commandOf(pid) {
  return (await commandLineOf(pid))?.join(' ').trim();
}

/**
 * Whether a process with this id exists.
 *
 * @param {number} pid
 */
export function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** The package that lists processes where there is no `/proc`; absent before the first install. */
export async function findProcess() {
  try {
    return (await import('find-process')).default;
  } catch {
    return undefined;
  }
}
