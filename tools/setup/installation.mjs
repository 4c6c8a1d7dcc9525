import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, win32 } from 'node:path';
import { promisify } from 'node:util';
import { fullDisks, reasonNoRoom } from './disk-space.mjs';
import { pinnedNode, reasonNodeFails, reasonPlatformLacks, thisSystem } from './pinned-node.mjs';
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
 * Why `npm ci` has to run, as half a sentence; `undefined` when what is installed is what the lock file names.
 * npm writes `node_modules/.package-lock.json` last, so an install that was broken off counts as missing.
 *
 * @param {string} root
 */
export function reasonToInstall(root) {
  if (!existsSync(join(root, 'node_modules'))) return 'nothing is installed yet';
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
  const lost = Object.keys(installed).find((path) => !existsSync(join(root, path, 'package.json')));
  if (lost !== undefined) return `${lost} is not there any more`;
  const failure = reasonNodeFails(root);
  return failure && `the pinned Node ${failure}`;
}

/**
 * Brings `node_modules` to what the lock file names.
 *
 * @param {string} root
 * @throws {Error} when it cannot be done here, npm fails, or the pinned Node does not run afterwards
 */
export async function install(root) {
  const env = environmentOfNpm(process.env);
  const obstacle =
    reasonPlatformLacks(thisSystem()) ??
    reasonNodeInUse(process.platform, process.execPath, root) ??
    (await reasonNpmCannot(root, env));
  if (obstacle !== undefined) throw new Error(`${obstacle}\nNothing was installed.`);
  const started = Date.now();
  const beat = setInterval(() => {
    process.stderr.write(`  still installing, ${Math.round((Date.now() - started) / 1000)} s\n`);
  }, 5000);
  try {
    // NODE_ENV=production would leave out the very Node and Nx that the next step runs on. A parent folder may be an npm
    // workspace that takes this one in: without the prefix, npm would install there. Warnings are about the age of the Node
    // that npm runs on, which is not the one that is used.
    await run(
      'npm',
      ['ci', '--prefix', root, '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'],
      {
        cwd: root,
        env,
        shell: process.platform === 'win32',
      },
    );
  } catch (error) {
    const [full] = fullDisks([root, env['npm_config_cache'] ?? root, tmpdir()]);
    throw full === undefined ? error : new Error(`The disk of ${full} is full. Make room and try again.`);
  } finally {
    clearInterval(beat);
  }
  const failure = reasonNodeFails(root);
  if (failure !== undefined) {
    throw new Error(
      `The pinned Node was installed for ${process.platform} ${process.arch}, but it ${failure}: ${pinnedNode(root)}`,
    );
  }
}

/**
 * Why an install cannot replace the Node that runs this process, as a sentence; `undefined` when it can. Windows removes no program that runs,
 * and npm runs scripts by the Node in `node_modules` once there is one.
 *
 * @param {NodeJS.Platform} platform
 * @param {string} execPath
 * @param {string} root
 */
export function reasonNodeInUse(platform, execPath, root) {
  if (
    platform !== 'win32' ||
    !execPath.toLowerCase().startsWith(win32.join(root, 'node_modules').toLowerCase())
  ) {
    return undefined;
  }
  return `Windows cannot replace ${execPath} while it runs this. Run npm run stop, then npm ci, and try again.`;
}

/**
 * What would make an install fail, as a sentence; `undefined` when nothing that can be told before it.
 *
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
async function reasonNpmCannot(root, env) {
  if (!existsSync(join(root, 'node_modules'))) {
    const noRoom = reasonNoRoom(root);
    if (noRoom !== undefined) return noRoom;
  }
  const { stdout } = await promisify(execFile)('npm', ['config', 'get', 'ignore-scripts', '--prefix', root], {
    cwd: root,
    env,
    shell: process.platform === 'win32',
  });
  if (stdout.trim() !== 'true') return undefined;
  return (
    'npm is told not to run install scripts (ignore-scripts=true), and the packages of Node 26 and PostgreSQL need theirs. ' +
    'Run npm ci --ignore-scripts=false, or npm config set ignore-scripts false, and try again.'
  );
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

/**
 * The environment for another npm than the one that this process runs under. That one puts `node_modules/.bin` first, where
 * Node comes and goes during the install, and says which workspace of a parent folder it was called in.
 *
 * @param {NodeJS.ProcessEnv} environment
 * @returns {NodeJS.ProcessEnv}
 */
function environmentOfNpm(environment) {
  const { npm_config_local_prefix: _, npm_config_workspace: __, ...kept } = environment;
  const path = (environment['PATH'] ?? '')
    .split(delimiter)
    .filter((part) => !/node_modules[\\/]\.bin$/.test(part));
  return { ...kept, PATH: path.join(delimiter) };
}
