import { findPostmaster } from '../../libs/postgres/src/postmaster.ts';
import { stopPostmaster } from './postmaster.ts';
import { signal, whenEnded } from './process-table.ts';
import type { StartedReplica } from '../setup/run-record.mjs';

/** How long the others may use the database while they finish, in ms: a worker gives its tasks 5 s to end. */
const DATABASE_GRACE_MS = 6_000;
/** After this many ms, whoever has not ended is killed. */
const KILL_AFTER_MS = 9_000;
/** After this many ms, PostgreSQL is stopped without a checkpoint. */
const POSTGRES_AFTER_MS = 9_600;

/**
 * Ends the processes of a stack within 10 s: everybody finishes what is in flight, the database service after the
 * others, PostgreSQL last. As by SIGINT: after SIGTERM each would serve on for `DRAIN_TIME`, until others take over.
 *
 * @param endInOrder tells a process to end; unless given by a signal, which ends it at once on Windows
 * @returns the names of those that had to be killed
 */
export async function endProcesses(
  replicas: readonly StartedReplica[],
  dataDirectory: string | undefined,
  endInOrder: (pid: number) => void = (pid) => signal(pid, 'SIGINT'),
): Promise<readonly string[]> {
  const started = Date.now();
  const isDatabase = ({ name }: StartedReplica) => name.startsWith('database:');
  const others = replicas.filter((replica) => !isDatabase(replica)).map(({ pid }) => pid);
  for (const pid of others) endInOrder(pid);
  await whenEnded(others, started + DATABASE_GRACE_MS);
  for (const { pid } of replicas.filter(isDatabase)) endInOrder(pid);

  const all = replicas.map(({ pid }) => pid);
  const stragglers = await whenEnded(all, started + KILL_AFTER_MS);
  for (const pid of stragglers) signal(pid, 'SIGKILL');
  await whenEnded(stragglers, Date.now() + 500);

  const postmaster = dataDirectory === undefined ? undefined : await findPostmaster(dataDirectory);
  if (dataDirectory !== undefined && postmaster !== undefined) {
    await stopPostmaster(dataDirectory, postmaster, started + POSTGRES_AFTER_MS);
  }
  return replicas.filter(({ pid }) => stragglers.includes(pid)).map(({ name }) => name);
}
