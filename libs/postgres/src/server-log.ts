import { copyFile, readFile, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';

/** The server's own log, in its data folder. */
export const LOG_FILE = 'server.log';

/** Beyond this size, in bytes, the log is moved aside; one older log is kept. */
const MAX_LOG_BYTES = 5 * 1024 * 1024;

/** Keeps the log bounded. The server appends to an open file, so what it writes next starts at the front again. */
export async function trimLog(dataDirectory: string): Promise<void> {
  const log = join(dataDirectory, LOG_FILE);
  if ((await logSize(dataDirectory)) <= MAX_LOG_BYTES) return;
  await copyFile(log, `${log}.1`);
  await truncate(log);
}

/** How long the log is now, in bytes; 0 when there is none. */
export async function logSize(dataDirectory: string): Promise<number> {
  return stat(join(dataDirectory, LOG_FILE)).then(
    (file) => file.size,
    () => 0,
  );
}

/**
 * The last lines of the log, for an error message.
 *
 * @param since what stood in its first so many bytes is of an earlier run, and left out
 */
export async function lastLines(dataDirectory: string, since = 0, count = 5): Promise<string> {
  const content = await readFile(join(dataDirectory, LOG_FILE)).catch(() => Buffer.alloc(0));
  const current = content.subarray(since <= content.length ? since : 0);
  return current.toString('utf8').trimEnd().split('\n').slice(-count).join('\n');
}
