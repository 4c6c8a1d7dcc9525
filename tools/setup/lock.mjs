import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** How long to wait for another set-up, in ms; an install on a slow line takes minutes. */
const PATIENCE_MS = 600_000;
const POLL_MS = 300;

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
  const deadline = Date.now() + PATIENCE_MS;
  for (let told = false; !tryAcquire(file); await setTimeout(POLL_MS)) {
    const holder = holderOf(file);
    if (holder !== undefined && !isAlive(holder)) removeStale(file, holder);
    else if (!told && holder !== undefined) {
      process.stderr.write(`Process ${holder} is installing or building here; waiting for it.\n`);
      told = true;
    }
    if (Date.now() > deadline) {
      throw new Error(`Process ${holder} holds ${file} for too long; end it, or remove the file.`);
    }
  }
}

function tryAcquire(/** @type {string} */ file) {
  // Linked into place with its content, so nobody ever reads a lock that does not name its holder.
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

/** Takes the lock of a dead process away, unless another waiter did and holds it by now. */
function removeStale(/** @type {string} */ file, /** @type {number} */ holder) {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
    if (holderOf(aside) !== holder) linkSync(aside, file);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function holderOf(/** @type {string} */ file) {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function isAlive(/** @type {number} */ pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

function codeOf(/** @type {unknown} */ error) {
  return /** @type {NodeJS.ErrnoException} */ (error).code;
}
