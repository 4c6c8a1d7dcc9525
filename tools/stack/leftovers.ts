import { endProcesses } from './end-processes.ts';
import { isLauncherAlive, readRecords, removeRecord } from '../setup/run-record.mjs';

/**
 * Ends what launchers of this stack left behind that were themselves killed. Their PostgreSQL stays: the database
 * service adopts it.
 *
 * @returns the names of the processes that were ended
 */
export async function endLeftovers(runDirectory: string): Promise<readonly string[]> {
  const ended: string[] = [];
  for (const record of await readRecords(runDirectory)) {
    if (await isLauncherAlive(record)) continue;
    await endProcesses(record.replicas, undefined);
    removeRecord(runDirectory, record.launcher);
    ended.push(...record.replicas.map(({ name }) => name));
  }
  return ended;
}
