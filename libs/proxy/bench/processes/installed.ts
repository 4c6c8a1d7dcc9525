import { spawnSync } from 'node:child_process';

/** A program that this machine has. */
export interface Program {
  /** What to start. */
  readonly file: string;
  readonly version: string;
}

/**
 * Looks for `name` in the path, and where Debian keeps servers, which an ordinary user's path leaves out.
 *
 * @param pattern whose first group is the version, in what `name versionFlag` prints
 */
export function findProgram(name: string, versionFlag: string, pattern: RegExp): Program | undefined {
  for (const file of [name, `/usr/sbin/${name}`]) {
    const { error, stdout, stderr } = spawnSync(file, [versionFlag], { encoding: 'utf8', timeout: 5_000 });
    if (error === undefined)
      return { file, version: pattern.exec(stdout + stderr)?.[1] ?? 'of unknown version' };
  }
  return undefined;
}
