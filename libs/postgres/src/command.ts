import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** The unprivileged user as whom a command runs. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

/** What to run. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** Where it runs; entered before the change of user. */
  readonly cwd: string;
  readonly runAs: RunAs | undefined;
  readonly input?: string;
}

/** What came of it. */
export interface CommandResult {
  /** -1 when it could not be started or was ended by a signal. */
  readonly code: number;
  /** What it wrote, or why it could not be started. */
  readonly output: string;
}

/** Nothing of this process's environment, secrets above all, is left to a server that outlives it. */
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C' };

/** What a POSIX shell changes between double quotes (XCU 2.2.3), where initdb and pg_ctl put their paths. */
const SPECIAL_IN_QUOTES = /[$`"\\]/;

/** Whether a path comes out of a shell as it went in; Windows has another shell, and backslashes in every path. */
export function passesShell(path: string): boolean {
  return process.platform === 'win32' || !SPECIAL_IN_QUOTES.test(path);
}

/** Runs a command to its end. Does not throw: the caller knows best what a failure means. */
export async function run({ file, args, cwd, runAs, input = '' }: Command): Promise<CommandResult> {
  // Ctrl-C in a terminal is not for what it would only leave half done.
  const child = spawn(file, [...args], { cwd, env: ENVIRONMENT, detached: true, ...runAs });
  const code = new Promise<CommandResult>((resolve) => {
    child.once('error', ({ message }) => resolve({ code: -1, output: message }));
    child.once('close', (status) => resolve({ code: status ?? -1, output: '' }));
  });
  // A command that ends without reading its input is not an error.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [stdout, stderr, result] = await Promise.all([text(child.stdout), text(child.stderr), code]);
  return { code: result.code, output: [stdout, stderr, result.output].join('').trim() };
}
