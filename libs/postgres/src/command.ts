import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';

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

/**
 * How long the output of a command that has ended may stay open, in ms: on Windows a server keeps the handles of the `pg_ctl` that
 * launched it for as long as it runs.
 */
const OUTPUT_GRACE_MS = 500;

/** What a POSIX shell changes between double quotes (XCU 2.2.3), where initdb and pg_ctl put their paths. */
const SPECIAL_IN_QUOTES = /[$`"\\]/;

/** Whether a path comes out of a shell as it went in; Windows has another shell, and backslashes in every path. */
export function passesShell(path: string): boolean {
  return process.platform === 'win32' || !SPECIAL_IN_QUOTES.test(path);
}

/**
 * The environment of a command. Nothing of this process's own, secrets above all, is left to a server that outlives it, but for what
 * programs of Windows need: without `SystemRoot` there are no sockets, and pg_ctl runs the server by `ComSpec`.
 *
 * @param platform as in `process.platform`
 * @param own the environment of this process
 */
export function environmentFor(platform: NodeJS.Platform, own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (platform !== 'win32') return { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C' };
  const { SystemRoot = 'C:\\Windows', TEMP, TMP } = own;
  const system32 = `${SystemRoot}\\System32`;
  const environment = {
    SystemRoot,
    ComSpec: `${system32}\\cmd.exe`,
    PATH: `${system32};${SystemRoot}`,
    LC_ALL: 'C',
  };
  return {
    ...environment,
    ...(TEMP === undefined ? {} : { TEMP }),
    ...(TMP === undefined ? {} : { TMP }),
  };
}

/** Runs a command to its end. Does not throw: the caller knows best what a failure means. */
export async function run({ file, args, cwd, runAs, input = '' }: Command): Promise<CommandResult> {
  const child = spawn(file, [...args], {
    cwd,
    // oxlint-disable-next-line no-restricted-properties -- what Windows itself needs is taken over
    env: environmentFor(process.platform, process.env),
    // Ctrl-C in a terminal is not for what it would only leave half done; on Windows a console of its own keeps it away.
    detached: process.platform !== 'win32',
    windowsHide: true,
    ...runAs,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  // A command that ends without reading its input is not an error.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const closed = once(child, 'close').catch(() => undefined);
  try {
    const [status] = (await once(child, 'exit')) as [number | null];
    await Promise.race([closed, setTimeout(OUTPUT_GRACE_MS, undefined, { ref: false })]);
    return { code: status ?? -1, output: output.trim() };
  } catch (error) {
    return { code: -1, output: (error as Error).message };
  } finally {
    child.stdout.destroy();
    child.stderr.destroy();
  }
}
