import { existsSync } from 'node:fs';
import { freeMbOf } from './disk-space.mjs';
import { systemReport } from './system-report.mjs';

/** The fewest open files with which the processes of the stack, and the build before it, work. */
const MIN_OPEN_FILES = 128;
/** The shared memory that PostgreSQL takes at its start, with some room, in MB. */
const MIN_SHARED_MEMORY_MB = 4;
/** Shortest secret, in bytes, that production takes (RFC 7518 §3.2). */
const MIN_SECRET_BYTES = 32;
const SHARED_MEMORY = '/dev/shm';

/**
 * What an environment is like, as far as it can keep the stack from starting.
 *
 * @typedef {object} Environment
 * @property {Readonly<Record<string, string | undefined>>} settings variables, completed by `.env`
 * @property {number} openFiles the limit of this process
 * @property {number} sharedMemoryMb free
 */

/**
 * What is wrong with the environment, a sentence for each problem, so that it is said before the minute that installing and
 * building take. The processes themselves check all their settings when they start.
 *
 * @param {Environment} environment
 * @returns {string[]}
 */
export function environmentProblems({ settings, openFiles, sharedMemoryMb }) {
  const problems = [];
  const secret = settings['JWT_SECRET'] ?? '';
  if (settings['NODE_ENV'] === 'production' && Buffer.byteLength(secret) < MIN_SECRET_BYTES) {
    problems.push(
      `JWT_SECRET ${secret === '' ? 'is not set' : `has ${Buffer.byteLength(secret)} bytes`}; with NODE_ENV=production it must have ` +
        `at least ${MIN_SECRET_BYTES} bytes. Make one with: openssl rand -base64 48`,
    );
  }
  if (openFiles < MIN_OPEN_FILES) {
    problems.push(
      `The limit of open files is ${openFiles}; at least ${MIN_OPEN_FILES} are needed, and some thousands for many connections. ` +
        'Raise it with: ulimit -n 4096',
    );
  }
  if ((settings['DATABASE_URL'] ?? '') === '' && sharedMemoryMb < MIN_SHARED_MEMORY_MB) {
    problems.push(
      `${SHARED_MEMORY} has ${sharedMemoryMb} MB free, and the embedded PostgreSQL needs ${MIN_SHARED_MEMORY_MB} MB. Give the container more ` +
        '(docker run --shm-size=64m), or set DATABASE_URL to a PostgreSQL of your own.',
    );
  }
  return problems;
}

/**
 * The environment of this process.
 *
 * @param {Environment['settings']} settings
 * @returns {Environment}
 */
export function thisEnvironment(settings) {
  return { settings, openFiles: limitOfOpenFiles(), sharedMemoryMb: freeSharedMemoryMb() };
}

function limitOfOpenFiles() {
  if (process.platform === 'win32') return Number.POSITIVE_INFINITY;
  const { userLimits } = systemReport();
  const soft = Number(userLimits?.open_files?.soft);
  return Number.isNaN(soft) ? Number.POSITIVE_INFINITY : soft;
}

function freeSharedMemoryMb() {
  if (process.platform !== 'linux' || !existsSync(SHARED_MEMORY)) return Number.POSITIVE_INFINITY;
  return freeMbOf(SHARED_MEMORY);
}
