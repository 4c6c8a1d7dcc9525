import { run } from '../../libs/postgres/src/command.ts';
import { programsOf, type Postmaster } from '../../libs/postgres/src/postmaster.ts';
import { join } from 'node:path';
import { signal, whenEnded } from './process-table.ts';

/**
 * Stops a server whose application did not: first in "fast" mode (SIGINT: sessions end, a checkpoint is written), at
 * the deadline in "immediate" mode (SIGQUIT: the write-ahead log is replayed at the next start). Nothing committed is
 * lost either way.
 *
 * @param deadline a `Date.now()`
 */
export async function stopPostmaster(
  dataDirectory: string,
  { pid }: Postmaster,
  deadline: number,
): Promise<void> {
  await signalServer(dataDirectory, pid, 'SIGINT');
  const left = await whenEnded([pid], deadline);
  if (left.length === 0) return;
  await signalServer(dataDirectory, pid, 'SIGQUIT');
  await whenEnded([pid], Date.now() + 500);
}

/** On Windows, PostgreSQL has signals of its own, which its `pg_ctl kill` sends. */
async function signalServer(dataDirectory: string, pid: number, name: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  if (process.platform !== 'win32') {
    signal(pid, name);
    return;
  }
  const programs = await programsOf(dataDirectory);
  if (programs === undefined) return;
  await run({
    file: join(programs, 'pg_ctl'),
    args: ['kill', name.slice('SIG'.length), String(pid)],
    cwd: dataDirectory,
    runAs: undefined,
  });
}
