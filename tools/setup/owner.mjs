import { accessSync, constants, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What the set-up and the stack write to, and how many folders deep that is looked at. What npm, tsc and Nx wrote as one user
 * another user cannot replace.
 *
 * @type {readonly (readonly [folder: string, depth: number])[]}
 */
const WRITTEN = [
  ['', 0],
  ['node_modules', 1],
  ['.nx', 2],
  ['.balanza', 2],
];

/** Folders of projects, whose `dist` is written to. */
const PROJECTS = ['apps', 'libs'];
const DIST_DEPTH = 1;

/**
 * What keeps this user from setting up and running the stack here, with the command that mends it; `undefined` when nothing does.
 * `sudo npm start` is enough for it to go wrong: what it made belongs to root.
 *
 * @param {string} root the folder of the checkout
 */
export function reasonNotWritable(root) {
  // Windows has other rights than these, and root may write everywhere.
  if (process.getuid === undefined || process.getuid() === 0) return undefined;
  const dists = PROJECTS.flatMap((parent) =>
    entriesOf(join(root, parent)).map((name) => join(parent, name, 'dist')),
  );
  for (const [folder, depth] of [
    ...WRITTEN,
    ...dists.map((dist) => /** @type {const} */ ([dist, DIST_DEPTH])),
  ]) {
    const problem = findProblem(join(root, folder), depth);
    if (problem !== undefined) return describe(root, problem);
  }
  return undefined;
}

/**
 * @typedef {{ path: string; code: string | undefined }} Problem
 * @param {string} path
 * @param {number} depth
 * @returns {Problem | undefined}
 */
function findProblem(path, depth) {
  try {
    const isFolder = statSync(path).isDirectory();
    accessSync(path, isFolder ? constants.R_OK | constants.W_OK | constants.X_OK : constants.W_OK);
    if (!isFolder || depth === 0) return undefined;
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    return code === 'ENOENT' ? undefined : { path, code };
  }
  for (const name of entriesOf(path)) {
    const problem = findProblem(join(path, name), depth - 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/**
 * @param {string} root
 * @param {Problem} problem
 */
function describe(root, { path, code }) {
  if (code === 'EROFS')
    return `${path} is on a file system that is mounted read-only; npm start and its like write here.`;
  const owner = statSync(path, { throwIfNoEntry: false })?.uid;
  const self = process.getuid?.() ?? 0;
  const target = quoted(root);
  if (owner === self)
    return `${path} may not be written to by its owner, ${nameOf(self)}. This mends it: chmod -R u+rwX ${target}`;
  return (
    `${path} belongs to ${nameOf(owner)} and may not be written to by ${nameOf(self)}, as after sudo npm start. ` +
    `This mends it: sudo chown -R ${nameOf(self)} ${target}`
  );
}

/** @param {number | undefined} uid */
function nameOf(uid) {
  if (uid === undefined) return 'another user';
  const lines = readText('/etc/passwd').split('\n');
  return lines.map((line) => line.split(':')).find(([, , id]) => id === String(uid))?.[0] ?? String(uid);
}

/** @param {string} path as a shell reads it */
function quoted(path) {
  return /^[\w./@+-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

/** @param {string} folder */
function entriesOf(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** @param {string} file */
function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
