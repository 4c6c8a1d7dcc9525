import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { commandOf, isAlive } from './process-table.mjs';

/** How long to wait for another set-up, in ms; an install on a slow line takes minutes. */
const PATIENCE_MS = 600_000;
const POLL_MS = 300;

/** What takes the lock: a process of this program, on its way to `npm start` and the like. */
const SET_UP = /bootstrap\.mjs/;

/**
 * Runs `action` while no other process of this workspace does: two installs or two builds at once would each
 * break what the other writes. Waits for the other to finish.
 *
 * @template T
 * @param {string} file holds the id of the process that has the lock
 * @param {() => Promise<T>} action
 * @returns {Promise<T>}
 * @throws {Error} when the lock is not free within {@link PATIENCE_MS}
 */
export async function exclusively(file, action) {
  await acquire(file);
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await action();
  } finally {
    process.off('exit', release);
    release();
  }
}

async function acquire(/** @type {string} */ file) {
  mkdirSync(dirname(file), { recursive: true });
  const deadline = performance.now() + PATIENCE_MS;
  for (let told = false; !tryAcquire(file); await setTimeout(POLL_MS)) {
    const content = contentOf(file);
    if (content === undefined) continue;
    if (!(await namesSetUp(content))) removeStale(file, content);
    else if (!told) {
      process.stderr.write(`Process ${content} is installing or building here; waiting for it.\n`);
      told = true;
    }
    if (performance.now() > deadline) {
      throw new Error(
        `Process ${content} has held ${file} for ${PATIENCE_MS / 60_000} minutes; end it, or remove the file.`,
      );
    }
  }
}

function tryAcquire(/** @type {string} */ file) {
  // Linked into place with its content, so a lock is never read before it names its holder.
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/**
 * Whether the content of a lock names another process that sets up. The id of an ended process passes to others, in a
 * container to the very next one; a file that was cut short names none.
 */
async function namesSetUp(/** @type {string} */ content) {
  const pid = Number(content);
  if (!/^[1-9]\d{0,9}$/.test(content) || pid === process.pid || !isAlive(pid)) return false;
  const command = await commandOf(pid);
  // Where the system does not tell what it is, it may be one.
  return command === undefined ? process.platform !== 'linux' : SET_UP.test(command);
}

/** Takes a stale lock away, unless another waiter did and holds it by now. */
function removeStale(/** @type {string} */ file, /** @type {string} */ content) {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
    if (contentOf(aside) !== content) linkSync(aside, file);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function contentOf(/** @type {string} */ file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function codeOf(/** @type {unknown} */ error) {
  return /** @type {NodeJS.ErrnoException} */ (error).code;
}
