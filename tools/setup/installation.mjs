import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.mjs';

/**
 * A package in a lock file or a package.json.
 *
 * @typedef {{ version?: string; integrity?: string; optional?: boolean } & DependencyFields} Manifest
 * @typedef {Partial<Record<DependencyField, Record<string, string>>>} DependencyFields
 * @typedef {'dependencies' | 'devDependencies' | 'optionalDependencies' | 'peerDependencies'} DependencyField
 */

/** @type {readonly DependencyField[]} */
const DEPENDENCY_FIELDS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];

/**
 * Where the pinned Node is, once installed.
 *
 * @param {string} root
 */
export function pinnedNode(root) {
  return process.platform === 'win32'
    ? join(root, 'node_modules', 'node', 'bin', 'node.exe')
    : join(root, 'node_modules', '.bin', 'node');
}

/**
 * Why `npm ci` has to run, as half a sentence; `undefined` when what is installed is what the lock file names.
 * npm writes `node_modules/.package-lock.json` last, so an install that was broken off counts as missing.
 *
 * @param {string} root
 */
export function reasonToInstall(root) {
  if (!existsSync(pinnedNode(root))) return 'nothing is installed yet';
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  if (installed === undefined) return 'the last install did not finish';
  const wanted = packagesOf(join(root, 'package-lock.json')) ?? {};
  for (const [path, entry] of Object.entries(wanted)) {
    const present = installed[path];
    if (path.includes('node_modules/') && !isInstalled(entry, present)) return `${path} is missing or older`;
    if (!path.includes('node_modules/') && !describes(entry, join(root, path, 'package.json'))) {
      return `${join(path, 'package.json')} changed`;
    }
  }
  return undefined;
}

/**
 * Brings `node_modules` to what the lock file names.
 *
 * @param {string} root
 * @throws {Error} when npm fails, or leaves the pinned Node out
 */
export async function install(root) {
  const started = Date.now();
  const beat = setInterval(() => {
    process.stderr.write(`  still installing, ${Math.round((Date.now() - started) / 1000)} s\n`);
  }, 5000);
  try {
    // NODE_ENV=production would leave out the very Node and Nx that the next step runs on. Warnings are about the
    // age of the Node that npm runs on, which is not the one that is used.
    await run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      env: withoutOwnBinaries(process.env),
      shell: process.platform === 'win32',
    });
  } finally {
    clearInterval(beat);
  }
  if (!existsSync(pinnedNode(root))) {
    throw new Error(
      'npm installed everything but the pinned Node, whose install script it did not run. ' +
        'Allow install scripts (npm config get ignore-scripts) and try again.',
    );
  }
}

/** Optional packages are those of other platforms: absent is fine, another version is not. */
function isInstalled(/** @type {Manifest} */ wanted, /** @type {Manifest | undefined} */ present) {
  if (present === undefined) return wanted.optional === true;
  return present.version === wanted.version && present.integrity === wanted.integrity;
}

/** Whether the lock file was made from this package.json. */
function describes(/** @type {Manifest} */ locked, /** @type {string} */ file) {
  /** @type {Manifest | undefined} */
  const manifest = readJson(file);
  return DEPENDENCY_FIELDS.every((field) => sameRecord(locked[field], manifest?.[field]));
}

function sameRecord(
  /** @type {Record<string, string>} */ left = {},
  /** @type {Record<string, string>} */ right = {},
) {
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => left[name] === right[name]);
}

/** @returns {Record<string, Manifest> | undefined} */
function packagesOf(/** @type {string} */ lockFile) {
  return readJson(lockFile)?.packages;
}

function readJson(/** @type {string} */ file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** npm puts `node_modules/.bin` first; during the install the Node there comes and goes. */
function withoutOwnBinaries(/** @type {NodeJS.ProcessEnv} */ environment) {
  const separator = process.platform === 'win32' ? ';' : ':';
  const kept = (environment['PATH'] ?? '')
    .split(separator)
    .filter((part) => !/node_modules[\\/]\.bin$/.test(part));
  return { ...environment, PATH: kept.join(separator) };
}
