import { stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { run, type RunAs } from './command.js';
import { EmbeddedServerError } from './errors.js';

/** What a data folder must not allow: writing by its group, anything by others (PostgreSQL, src/include/common/file_perm.h). */
const FORBIDDEN_MODE = 0o027;

/**
 * Refuses a data folder that PostgreSQL would refuse for its owner or its mode, with the command that mends it.
 *
 * @throws EmbeddedServerError
 */
export async function assertOwnFolder(dataDirectory: string, runAs: RunAs | undefined): Promise<void> {
  const user = runAs?.uid ?? process.getuid?.();
  // Windows has other rights than these.
  if (user === undefined) return;
  const folder = await stat(dataDirectory).catch(() => undefined);
  if (folder === undefined) return;
  if (folder.uid !== user) {
    const [owner, runner] = await Promise.all([nameOf(folder.uid), nameOf(user)]);
    const ways = runAs === undefined ? `start as ${owner}, or run: sudo` : 'run:';
    throw new EmbeddedServerError(
      `The data folder ${dataDirectory} belongs to ${owner}, but PostgreSQL would run as ${runner}; ` +
        `${ways} chown -R ${runner} '${dataDirectory}'`,
    );
  }
  if ((folder.mode & FORBIDDEN_MODE) !== 0) {
    const mode = (folder.mode & 0o777).toString(8);
    throw new EmbeddedServerError(
      `The data folder ${dataDirectory} has the mode ${mode}, which PostgreSQL refuses as others could read or change it; ` +
        `run: chmod 700 '${dataDirectory}'`,
    );
  }
}

async function nameOf(uid: number): Promise<string> {
  if (uid === process.getuid?.()) return userInfo().username;
  const { code, output } = await run({ file: 'id', args: ['-nu', String(uid)], cwd: '/', runAs: undefined });
  return code === 0 ? output : `user ${uid}`;
}
