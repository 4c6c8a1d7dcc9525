import { findPostmaster } from '../../libs/postgres/src/postmaster.ts';
import { chmodSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { endRecorded } from '../stack/end-recorded.ts';
import { stopPostmaster } from '../stack/postmaster.ts';

/** How long a PostgreSQL that a test left behind may take to end in order, in ms. */
const POSTGRES_PATIENCE_MS = 3_000;

/**
 * A temporary folder for everything that the steps of `npm test` put into theirs. Other users may pass through it, as through
 * `/tmp` itself: some tests of root run processes as another user.
 */
export function createScratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'balanza-npm-test-'));
  chmodSync(folder, 0o711);
  return folder;
}

/**
 * Removes the folder, and ends what still runs on files in it: a test that is interrupted cannot clean up, and a stack
 * or a PostgreSQL of its own outlives it.
 */
export async function removeScratch(folder: string): Promise<void> {
  const find = (pattern: string) => globSync(pattern, { cwd: folder }).map((path) => join(folder, path));
  await Promise.all(find('*/run').map(endRecorded));
  await Promise.all(find('*/*/postmaster.pid').map((file) => endServer(dirname(file))));
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

async function endServer(dataDirectory: string): Promise<void> {
  const server = await findPostmaster(dataDirectory);
  if (server !== undefined) await stopPostmaster(dataDirectory, server, Date.now() + POSTGRES_PATIENCE_MS);
}
