import { readdir, readFile, readlink } from 'node:fs/promises';
import { commandOf } from './process-table.ts';

/** The state of a listening socket in `/proc/net/tcp` (Linux, include/net/tcp_states.h). */
const LISTEN = '0A';

/** The process that listens on a port. */
export interface PortHolder {
  readonly pid: number;
  readonly command: string;
}

/** Who listens on `port`; `undefined` when the system does not tell, as for the processes of another user. */
export async function holderOf(port: number): Promise<PortHolder | undefined> {
  const pid = process.platform === 'linux' ? await pidFromProc(port) : await pidFromTools(port);
  if (pid === undefined) return undefined;
  return { pid, command: (await commandOf(pid)) ?? '(ended)' };
}

/** From the kernel itself: the slim images of Debian have neither ss nor lsof nor netstat. */
async function pidFromProc(port: number): Promise<number | undefined> {
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

/** Columns: slot, local address:port, remote address:port, state, queues, timer, retransmits, uid, timeout, inode. */
function listeningSockets(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === LISTEN && local?.endsWith(suffix) === true)
    .map((columns) => `socket:[${columns[9]}]`);
}

async function pidFromTools(port: number): Promise<number | undefined> {
  const { default: find } = await import('find-process');
  const [found] = await find('port', port);
  return found?.pid;
}
