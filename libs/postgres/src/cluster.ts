import { chown, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { passesShell, run, type RunAs } from './command.js';
import { assertOwnFolder } from './data-folder.js';
import { EmbeddedServerError } from './errors.js';
import { EMBEDDED_DATABASE, EMBEDDED_PASSWORD, EMBEDDED_ROLE } from './url.js';

/** PostgreSQL's programs, and as whom and on which data they run. */
export interface Installation {
  readonly bin: string;
  readonly runAs: RunAs | undefined;
  readonly dataDirectory: string;
}

/**
 * The one way in: our role, to our database, over loopback, with its password. The superuser has none and cannot log
 * in, so that the well-known password gives nobody more than this database.
 */
const HOST_BASED_ACCESS = `host ${EMBEDDED_DATABASE} ${EMBEDDED_ROLE} 127.0.0.1/32 scram-sha-256\n`;

const CREATE_DATABASE = [
  `CREATE ROLE ${EMBEDDED_ROLE} LOGIN PASSWORD '${EMBEDDED_PASSWORD}'`,
  `CREATE DATABASE ${EMBEDDED_DATABASE} OWNER ${EMBEDDED_ROLE}`,
  '',
].join('\n');

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
) {
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

/**
 * Makes the data folder with its role and database unless it is there. It is made beside its place and moved there
 * when complete, so a start that was cut off in the middle leaves nothing that a later one could trip over.
 *
 * @throws EmbeddedServerError when the folder cannot be used
 */
export async function prepareCluster(installation: Installation): Promise<void> {
  const { dataDirectory, runAs } = installation;
  if (await isCluster(installation)) return;
  const staging = `${dataDirectory}.new`;
  await rm(staging, { recursive: true, force: true });
  await mkdir(dirname(dataDirectory), { recursive: true });
  await mkdir(staging, { mode: 0o700 });
  if (runAs !== undefined) await chown(staging, runAs.uid, runAs.gid);
  const target = { ...installation, dataDirectory: staging };
  await expectSuccess(
    runProgram(target, 'initdb', [
      '--no-instructions',
      '-U',
      'postgres',
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--locale=C',
    ]),
  );
  await writeFile(join(staging, 'pg_hba.conf'), HOST_BASED_ACCESS);
  await expectSuccess(
    runProgram(target, 'postgres', ['--single', '-c', 'exit_on_error=on', 'postgres'], CREATE_DATABASE),
  );
  await rename(staging, dataDirectory);
}

async function isCluster({ dataDirectory, runAs }: Installation): Promise<boolean> {
  const entries = await readdir(dataDirectory).catch(
    async ({ code }: NodeJS.ErrnoException): Promise<string[]> => {
      if (code === 'ENOENT') return [];
      await assertOwnFolder(dataDirectory, runAs);
      throw new EmbeddedServerError(
        `The data folder ${dataDirectory} cannot be read (${code}); start as the user it belongs to, or remove it`,
      );
    },
  );
  if (entries.includes('PG_VERSION')) return true;
  if (entries.length === 0) return false;
  throw new EmbeddedServerError(
    `${dataDirectory} is neither empty nor a PostgreSQL data folder; name another one as postgres.dataDirectory`,
  );
}

async function expectSuccess(program: ReturnType<typeof runProgram>): Promise<void> {
  const { code, output } = await program;
  if (code !== 0) throw new EmbeddedServerError(`The embedded PostgreSQL cannot be set up: ${output}`);
}
