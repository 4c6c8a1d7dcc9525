import type { Postmaster } from '../../libs/postgres/src/postmaster.ts';
import { signal, whenEnded } from './process-table.ts';

/**
 * Stops a server whose application did not: first in "fast" mode (SIGINT: sessions end, a checkpoint is written), at
 * the deadline in "immediate" mode (SIGQUIT: the write-ahead log is replayed at the next start). Nothing committed is
 * lost either way.
 *
 * @param deadline a `Date.now()`
 */
export async function stopPostmaster({ pid }: Postmaster, deadline: number): Promise<void> {
  signal(pid, 'SIGINT');
  const left = await whenEnded([pid], deadline);
  if (left.length === 0) return;
  signal(pid, 'SIGQUIT');
  await whenEnded([pid], Date.now() + 500);
}
