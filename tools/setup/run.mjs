import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const FORWARDED = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * Runs a step of the set-up and waits for it. What it prints goes to stderr, so that stdout holds only what was
 * asked for (a token, say).
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 * @throws {Error} when it cannot be started or does not exit 0
 */
export async function run(command, args, options) {
  const code = await exitCodeOf(spawn(command, args, { ...options, stdio: ['ignore', 2, 2] }));
  if (code !== 0)
    throw new Error(`${[command, ...args].join(' ')} failed with exit code ${code}; see above.`);
}

/**
 * Hands this process over to another: same terminal, same signals, same exit code. A signal may reach it twice,
 * from the terminal and from here; it has to take that as one.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 */
export async function handOver(command, args, options) {
  const code = await exitCodeOf(spawn(command, args, { ...options, stdio: 'inherit' }));
  process.exitCode = code;
}

/** @param {import('node:child_process').ChildProcess} child */
async function exitCodeOf(child) {
  const forward = (/** @type {NodeJS.Signals} */ signal) => void child.kill(signal);
  for (const signal of FORWARDED) process.on(signal, forward);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        // The shell's convention for a process that a signal ended.
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
      });
    });
  } finally {
    for (const signal of FORWARDED) process.off(signal, forward);
  }
}
