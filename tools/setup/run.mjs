import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { endOnInterruption } from './interruption.mjs';

const FORWARDED = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK']);

/**
 * Runs a step of the set-up and waits for it. What it prints goes to stderr, so that stdout holds only what was
 * asked for (a token, say).
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions & { quiet?: boolean }} options `quiet` shows the output only of
 *   a step that failed
 * @throws {Error} when it cannot be started or does not exit 0
 */
export async function run(command, args, { quiet = false, ...options }) {
  const child = spawn(command, args, {
    ...options,
    // A group of its own, so that all that it starts can be ended with it, and a terminal's Ctrl-C does not reach it first.
    detached: process.platform !== 'win32',
    stdio: ['ignore', quiet ? 'pipe' : 2, quiet ? 'pipe' : 2],
  });
  /** @type {Buffer[]} */
  const output = [];
  child.stdout?.on('data', (chunk) => output.push(chunk));
  child.stderr?.on('data', (chunk) => output.push(chunk));
  endOnInterruption(child);
  const code = await exitCodeOf(child);
  if (code === 0) return;
  process.stderr.write(Buffer.concat(output));
  throw new Error(`${[command, ...args].join(' ')} failed with exit code ${code}; see above.`);
}

/**
 * Hands this process over to another: same terminal, same signals, same exit code. A signal may reach it twice,
 * from the terminal and from here; it has to take that as one. On Windows the console alone tells it: a signal from here would end it
 * at once.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 */
export async function handOver(command, args, options) {
  const child = spawn(command, args, { ...options, stdio: 'inherit' });
  const forward = (/** @type {NodeJS.Signals} */ signal) => {
    if (process.platform !== 'win32') child.kill(signal);
  };
  for (const signal of FORWARDED) process.on(signal, forward);
  try {
    process.exitCode = await exitCodeOf(child);
  } finally {
    for (const signal of FORWARDED) process.off(signal, forward);
  }
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<number>}
 */
function exitCodeOf(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      // The shell's convention for a process that a signal ended.
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
