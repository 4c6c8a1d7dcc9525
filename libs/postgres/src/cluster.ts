import { chown, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { assertOwnFolder } from './data-folder.js';
import { EmbeddedServerError } from './errors.js';
import { initializeAlone, initializeByServer } from './first-database.js';
import type { Installation } from './program.js';
import { EMBEDDED_DATABASE, EMBEDDED_ROLE } from './url.js';

/**
 * The one way in: our role, to our database, over loopback, with its password. The superuser has none and cannot log
 * in, so that the well-known password gives nobody more than this database.
 */
const HOST_BASED_ACCESS = `host ${EMBEDDED_DATABASE} ${EMBEDDED_ROLE} 127.0.0.1/32 scram-sha-256\n`;

/** How often a folder is moved that Windows says is in use, as by a program that has just ended or a virus scanner, and how long between, in ms. */
const MOVES = 20;
const MOVE_PAUSE_MS = 250;

/**
 * Makes the data folder with its role and database unless it is there. It is made beside its place and moved there
 * when complete, so a start that was cut off in the middle leaves nothing that a later one could trip over.
 *
 * @param platform as in `process.platform`
 * @throws EmbeddedServerError when the folder cannot be used
 */
export async function prepareCluster(
  installation: Installation,
  platform: NodeJS.Platform = process.platform,
): Promise<void> {
  const { dataDirectory, runAs } = installation;
  if (await isCluster(installation)) return;
  const staging = `${dataDirectory}.new`;
  await rm(staging, { recursive: true, force: true });
  await mkdir(dirname(dataDirectory), { recursive: true });
  await mkdir(staging, { mode: 0o700 });
  if (runAs !== undefined) await chown(staging, runAs.uid, runAs.gid);
  const initialize = platform === 'win32' ? initializeByServer : initializeAlone;
  await initialize({ ...installation, dataDirectory: staging });
  await writeFile(join(staging, 'pg_hba.conf'), HOST_BASED_ACCESS);
  await move(staging, dataDirectory, platform);
}

async function move(from: string, to: string, platform: NodeJS.Platform): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await rename(from, to);
      return;
    } catch (error) {
      if (platform !== 'win32' || attempt === MOVES) throw error;
      await setTimeout(MOVE_PAUSE_MS);
    }
  }
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
