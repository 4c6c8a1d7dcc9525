import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** A commit of this repository, installed and built in a folder of its own. */
export interface BuiltRevision {
  /** The whole hash of the commit. */
  readonly commit: string;
  /** What is shown, such as `main (7b125ee)`. */
  readonly title: string;
}

/**
 * Unpacks a commit into `folder`, installs the packages that its lock file names, and builds one project of it: to measure
 * it beside the working tree. Install scripts do not run, so only what is plain JavaScript works there.
 *
 * @param workspace the root of the repository
 * @param revision anything that git takes for a commit
 * @param project the folder of the project to build, with what it depends on, such as `apps/load-balancer`
 * @param folder existing and empty
 * @throws Error when git knows no such commit, or it does not install or build; with what the program printed
 */
export function builtRevision(
  workspace: string,
  revision: string,
  { project, folder }: { readonly project: string; readonly folder: string },
): BuiltRevision {
  const commit = commitOf(workspace, revision);
  const archive = join(folder, '.revision.tar');
  run('git', ['archive', '--format=tar', `--output=${archive}`, commit], workspace);
  run('tar', ['-xf', archive], folder);
  run('npm', ['ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'], folder);
  run(join(folder, 'node_modules/.bin/tsc'), ['-b', project], folder);
  const short = commit.slice(0, 7);
  return { commit, title: revision.startsWith(short) ? short : `${revision} (${short})` };
}

function commitOf(workspace: string, revision: string): string {
  try {
    return run(
      'git',
      ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`],
      workspace,
    ).trim();
  } catch (error) {
    throw new Error(`${revision}: not a commit of this repository; expected a branch, a tag or a hash`, {
      cause: error,
    });
  }
}

/** @throws Error with the end of what the program printed */
function run(file: string, args: readonly string[], cwd: string): string {
  try {
    return execFileSync(file, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
    const printed = `${stdout}${stderr}`.trim().slice(-2_000);
    throw new Error(`${[file, ...args].join(' ')} failed: ${printed || message}`, { cause: error });
  }
}
