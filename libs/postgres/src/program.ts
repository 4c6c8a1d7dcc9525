import { join } from 'node:path';
import { passesShell, run, type CommandResult, type RunAs } from './command.js';

/** PostgreSQL's programs, and as which user and on which data they run. */
export interface Installation {
  readonly bin: string;
  readonly runAs: RunAs | undefined;
  readonly dataDirectory: string;
}

/**
 * Runs one of PostgreSQL's programs inside the data folder. For another user the folder is named by way of the
 * process's own working directory, which it enters as root: so it may lie under folders closed to that user. The same holds for a
 * path that initdb and pg_ctl, which give it to a shell, would change on its way.
 */
export function runProgram(
  { bin, runAs, dataDirectory }: Installation,
  program: 'initdb' | 'postgres' | 'pg_ctl',
  [first, ...rest]: readonly [string, ...string[]],
  input?: string,
): Promise<CommandResult> {
  const here = process.platform === 'linux' ? '/proc/self/cwd' : '.';
  const folder = runAs !== undefined || !passesShell(dataDirectory) ? here : dataDirectory;
  return run({
    file: join(bin, program),
    args: [first, '-D', folder, ...rest],
    cwd: dataDirectory,
    runAs,
    ...(input === undefined ? {} : { input }),
  });
}
