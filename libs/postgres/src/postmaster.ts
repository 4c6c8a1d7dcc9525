import { readFile, readlink, realpath, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run, type Command } from './command.ts';

/** The running server of a data folder, as its `postmaster.pid` describes it. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** `ready` once it takes connections, `stopping` from the first request to shut down; `starting`, … */
  readonly status: string;
}

/**
 * Finds the live server of a data folder. A `postmaster.pid` whose process is gone, a zombie, or by now somebody
 * else's is removed: PostgreSQL itself would refuse to start when the number is in use again.
 *
 * Source: PostgreSQL, src/include/utils/pidfile.h (the lines of the file).
 */
export async function findPostmaster(dataDirectory: string): Promise<Postmaster | undefined> {
  const file = join(dataDirectory, 'postmaster.pid');
  const content = await readFile(file, 'utf8').catch(() => undefined);
  if (content === undefined) return undefined;
  const lines = content.split('\n');
  const pid = Math.abs(Number(lines[0]));
  if (await isServerOf(dataDirectory, pid)) {
    return { pid, port: Number(lines[3]), status: lines[7]?.trim() || 'starting' };
  }
  await rm(file, { force: true });
  return undefined;
}

async function isServerOf(dataDirectory: string, pid: number): Promise<boolean> {
  if (!Number.isSafeInteger(pid) || pid < 1 || !exists(pid)) return false;
  if (process.platform !== 'linux') {
    const { output } = await run({ ...listing(process.platform, pid), cwd: '/', runAs: undefined });
    return listsServer(output);
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // proc(5): pid (name) state …; a zombie has ended, whether or not its parent ever asks.
  const [, name, state] = /^\d+ \((.*)\) (\S)/s.exec(stat) ?? [];
  if (name !== 'postgres' || state === 'Z' || state === 'X') return false;
  const [home, own] = await Promise.all([
    readlink(`/proc/${pid}/cwd`).catch(() => undefined),
    realpath(dataDirectory),
  ]);
  // A server works in its data folder. Only that of another user cannot be asked.
  return home === undefined || home === own;
}

/** What prints the program that a process runs, where there is no `/proc`. */
export function listing(platform: NodeJS.Platform, pid: number): Pick<Command, 'file' | 'args'> {
  return platform === 'win32'
    ? { file: 'tasklist', args: ['/fi', `PID eq ${pid}`, '/fo', 'csv', '/nh'] }
    : { file: 'ps', args: ['-o', 'stat=,comm=', '-p', String(pid)] };
}

/** Whether the output of {@link listing} is of a PostgreSQL that runs: `Ss   /…/bin/postgres`, or `"postgres.exe","4711",…`. */
export function listsServer(output: string): boolean {
  return output.includes('postgres') && !output.startsWith('Z');
}

/**
 * The folder with the programs that the server of a data folder was last started from, by its `postmaster.opts`: the path of the
 * server, then its arguments, each in quotes (PostgreSQL, CreateOptsFile in src/backend/postmaster/postmaster.c).
 *
 * @returns undefined when there is no such file
 */
export async function programsOf(dataDirectory: string): Promise<string | undefined> {
  const content = await readFile(join(dataDirectory, 'postmaster.opts'), 'utf8').catch(() => undefined);
  const [server] = content?.trimEnd().split(' "', 1) ?? [];
  return server === undefined || server === '' ? undefined : dirname(server);
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
