import { copyFile, readFile, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';

/** The server's own log, in its data folder. */
export const LOG_FILE = 'server.log';

/** Beyond this size, in bytes, the log is moved aside; one older log is kept. */
const MAX_LOG_BYTES = 5 * 1024 * 1024;

/** Keeps the log bounded. The server appends to an open file, so what it writes next starts at the front again. */
export async function trimLog(dataDirectory: string): Promise<void> {
  const log = join(dataDirectory, LOG_FILE);
  const size = await stat(log).then(
    (file) => file.size,
    () => 0,
  );
  if (size <= MAX_LOG_BYTES) return;
  await copyFile(log, `${log}.1`);
  await truncate(log);
}

/** The last lines of the log, for an error message. */
export async function lastLines(dataDirectory: string, count = 5): Promise<string> {
  const content = await readFile(join(dataDirectory, LOG_FILE), 'utf8').catch(() => '');
  return content.trimEnd().split('\n').slice(-count).join('\n');
}
