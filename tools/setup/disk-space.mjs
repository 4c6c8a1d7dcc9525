import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';

/** What the packages and the build take, in MB, and what npm keeps of them meanwhile. */
const NEEDED_MB = 700;
/** With less than this, in MB, a disk counts as full. */
const FULL_MB = 20;

/**
 * Why there is no room to install, as a sentence; `undefined` when there is.
 *
 * @param {string} folder that is installed to; it need not exist
 * @param {(folder: string) => number} [freeMb]
 */
export function reasonNoRoom(folder, freeMb = freeMbOf) {
  const free = freeMb(folder);
  if (free >= NEEDED_MB) return undefined;
  return `The disk of ${folder} has ${free} MB free; installing takes about ${NEEDED_MB} MB. Make room and try again.`;
}

/**
 * The folders on whose disks nothing can be written any more.
 *
 * @param {readonly string[]} folders
 * @param {(folder: string) => number} [freeMb]
 */
export function fullDisks(folders, freeMb = freeMbOf) {
  return [...new Set(folders)].filter((folder) => freeMb(folder) < FULL_MB);
}

/**
 * What this user may still write, in MB.
 *
 * @param {string} folder
 */
export function freeMbOf(folder) {
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  return Math.floor((bavail * bsize) / 1e6);
}
