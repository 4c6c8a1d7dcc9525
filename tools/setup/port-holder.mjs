import { existsSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { commandLineOf, findProcess } from './process-table.mjs';

/** The state of a listening socket in `/proc/net/tcp` (Linux, include/net/tcp_states.h). */
const LISTEN = '0A';

/** Longest command line, in characters, that is shown of a process. */
const MAX_SHOWN_COMMAND = 60;

/** How a process names the directory that it works in (Linux, proc(5)). */
const OWN_FOLDER = '/proc/self/cwd';

/** What a process of Balanza is called with: the path of an app, or its PostgreSQL's data directory. */
const OF_A_WORKSPACE = /^(?:-D)?(.+)[\\/](?:apps[\\/][a-z-]+[\\/]dist[\\/]main\.js|\.balanza[\\/]postgres)$/;

/**
 * The process that listens on a port.
 *
 * @typedef {object} PortHolder
 * @property {number} pid
 * @property {string} command short enough to be shown
 * @property {string | undefined} workspace the folder of the Balanza that it is of, if it is of one
 */

/**
 * Who listens on `port`; `undefined` when the system does not tell, as for the processes of another user.
 *
 * @param {number} port
 * @returns {Promise<PortHolder | undefined>}
 */
export async function holderOf(port) {
  const pid = process.platform === 'linux' ? await pidFromProc(port) : await pidFromTools(port);
  if (pid === undefined) return undefined;
  const [executable = '(ended)', ...args] = await withFolder(pid, (await commandLineOf(pid)) ?? []);
  const command = [basename(executable), ...args].join(' ');
  return {
    pid,
    command: command.length > MAX_SHOWN_COMMAND ? `${command.slice(0, MAX_SHOWN_COMMAND - 1)}…` : command,
    workspace: workspaceOf(args),
  };
}

/**
 * A PostgreSQL that runs as another user is called with its own working directory as data directory, which only its entry in
 * `/proc` tells.
 *
 * @param {number} pid
 * @param {readonly string[]} commandLine
 */
async function withFolder(pid, commandLine) {
  if (!commandLine.includes(OWN_FOLDER)) return commandLine;
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => OWN_FOLDER);
  return commandLine.map((argument) => (argument === OWN_FOLDER ? folder : argument));
}

/** @param {readonly string[]} args */
function workspaceOf(args) {
  const folders = args.map((arg) => OF_A_WORKSPACE.exec(arg)?.[1]);
  return folders.find((folder) => folder !== undefined && existsSync(join(folder, 'tools', 'bootstrap.mjs')));
}

/**
 * From the kernel itself: the slim images of Debian have neither ss nor lsof nor netstat.
 *
 * @param {number} port
 */
async function pidFromProc(port) {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8').catch(() => '')),
  );
  const sockets = new Set(tables.flatMap((table) => listeningSockets(table, port)));
  if (sockets.size === 0) return undefined;
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const descriptors = await readdir(`/proc/${entry}/fd`).catch(() => []);
    const targets = await Promise.all(
      descriptors.map((descriptor) => readlink(`/proc/${entry}/fd/${descriptor}`).catch(() => '')),
    );
    if (targets.some((target) => sockets.has(target))) return Number(entry);
  }
  return undefined;
}

/**
 * Columns: slot, local address:port, remote address:port, state, queues, timer, retransmits, uid, timeout, inode.
 *
 * @param {string} table
 * @param {number} port
 */
function listeningSockets(table, port) {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === LISTEN && local?.endsWith(suffix) === true)
    .map((columns) => `socket:[${columns[9]}]`);
}

/** @param {number} port */
async function pidFromTools(port) {
  const find = await findProcess();
  const [found] = (await find?.('port', port).catch(() => [])) ?? [];
  return found?.pid;
}
