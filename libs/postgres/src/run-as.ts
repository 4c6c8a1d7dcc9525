import { stat } from 'node:fs/promises';
import { run, type RunAs } from './command.js';
import { EmbeddedServerError } from './errors.js';

/** The user that PostgreSQL runs as when this process is root, which PostgreSQL itself refuses to be. */
const USER = 'postgres';

/**
 * Decides as whom PostgreSQL runs: as this user, unless this is root. Then as the owner of the data folder, or, when
 * there is none yet, as the user `postgres`, which is created if need be.
 *
 * @throws EmbeddedServerError when root has nobody to run it as
 */
export async function chooseUser(dataDirectory: string): Promise<RunAs | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await stat(dataDirectory).catch(() => undefined);
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const existing = await findUser();
  if (existing !== undefined) return existing;
  const { output } = await command('useradd', [
    '--system',
    '--user-group',
    '--no-create-home',
    '--shell',
    '/bin/false',
    USER,
  ]);
  const created = await findUser();
  if (created !== undefined) return created;
  throw new EmbeddedServerError(
    `PostgreSQL does not run as root, and the user ${USER} cannot be created (${output}); ` +
      'create it, start as another user, or set DATABASE_URL to a server of your own',
  );
}

async function findUser(): Promise<RunAs | undefined> {
  const [uid, gid] = await Promise.all([command('id', ['-u', USER]), command('id', ['-g', USER])]);
  if (uid.code !== 0 || gid.code !== 0) return undefined;
  return { uid: Number(uid.output), gid: Number(gid.output) };
}

function command(file: string, args: readonly string[]) {
  return run({ file, args, cwd: '/', runAs: undefined });
}
