import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endTree } from '../setup/interruption.mjs';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * Runs npm in this checkout, and shows what it prints.
 *
 * @param {string} command what follows `npm`, the same for cmd.exe and for any POSIX shell
 * @param {Readonly<Record<string, string>>} variables
 */
export function startNpm(command, variables) {
  // npm is a script that a shell runs, on Windows npm.cmd.
  const child = spawn(`npm ${command}`, {
    cwd: ROOT,
    // oxlint-disable-next-line no-restricted-properties -- npm runs as it would without the walk
    env: { ...process.env, ...variables },
    shell: true,
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (/** @type {Buffer} */ chunk) => {
    output += chunk.toString('utf8').replaceAll('\r\n', '\n');
    process.stdout.write(chunk);
  });
  /** @type {Promise<number | null>} */
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return {
    output: () => output,
    kill: () => endTree(child, 'SIGKILL'),
    /** @param {number} timeoutMs */
    code: (timeoutMs) => within(timeoutMs, `npm ${command} has not ended`, ended),
    /**
     * Waits until it has printed `text`.
     *
     * @param {string} text
     * @param {number} timeoutMs
     */
    says(text, timeoutMs) {
      const said = new Promise((resolve, reject) => {
        child.stdout.on('data', () => output.includes(text) && resolve(undefined));
        child.once('close', (code) => reject(new Error(`npm ${command} ended with ${code}`)));
      });
      return within(timeoutMs, `npm ${command} has not said "${text}"`, said);
    },
  };
}

/**
 * @template T
 * @param {number} timeoutMs
 * @param {string} problem
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
async function within(timeoutMs, problem, promise) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${problem} within ${timeoutMs / 1000} s`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, /** @type {Promise<never>} */ (late)]);
  } finally {
    clearTimeout(timer);
  }
}
