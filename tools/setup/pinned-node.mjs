import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemReport } from './system-report.mjs';

/** How long `node --version` may take, in ms, on a machine that is busy. */
const PATIENCE_MS = 30_000;
/** The longest piece, in characters, that is shown of what a program printed. */
const MAX_SHOWN = 200;

/**
 * Where the loader of programs built for glibc is, by architecture (glibc, sysdeps/unix/sysv/linux).
 *
 * @type {Readonly<Record<string, string>>}
 */
const GLIBC_LOADERS = { x64: '/lib64/ld-linux-x86-64.so.2', arm64: '/lib/ld-linux-aarch64.so.1' };

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
 * Why the pinned Node does not run here, as half a sentence; `undefined` when it does. It is run once: a file may be there
 * and be empty, broken off, or built for another platform.
 *
 * @param {string} root
 */
export function reasonNodeFails(root) {
  const node = pinnedNode(root);
  if (!existsSync(node)) return 'is missing';
  const { NODE_OPTIONS: _, ...env } = process.env;
  const { error, status, signal, stdout, stderr } = spawnSync(node, ['--version'], {
    encoding: 'utf8',
    env,
    timeout: PATIENCE_MS,
  });
  const version = `v${versionOf(root)}`;
  if (stdout?.trim() === version) return undefined;
  // The system says "no such file" of the loader too that a program asks for.
  if (error !== undefined) return `cannot be started (${/** @type {NodeJS.ErrnoException} */ (error).code})`;
  const printed = `${stdout}${stderr}`.trim().slice(0, MAX_SHOWN);
  if (printed !== '') return `prints "${printed}" in place of ${version}`;
  return status === 0 ? 'prints nothing' : `ends with ${status ?? signal}`;
}

/**
 * Why no pinned Node can run on this system, as a sentence; `undefined` where one can.
 *
 * @param {{ platform: string; arch: string; hasGlibc: boolean; exists: (file: string) => boolean }} system
 */
export function reasonPlatformLacks({ platform, arch, hasGlibc, exists }) {
  const loader = GLIBC_LOADERS[arch];
  // A layer such as gcompat brings the loader to a system with musl.
  if (platform !== 'linux' || hasGlibc || loader === undefined || exists(loader)) return undefined;
  return (
    'This system has no glibc (Alpine Linux has musl in its place), and the packages of Node 26 and PostgreSQL are built for glibc. ' +
    'Use a system or an image that has it, such as node:26-bookworm-slim.'
  );
}

/** What {@link reasonPlatformLacks} asks of the system that this process runs on. */
export function thisSystem() {
  return {
    platform: process.platform,
    arch: process.arch,
    hasGlibc: systemReport().header.glibcVersionRuntime !== undefined,
    exists: existsSync,
  };
}

/** The version that the lock file names. @param {string} root */
function versionOf(root) {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return lock.packages['node_modules/node'].version;
}
