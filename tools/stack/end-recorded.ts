import { findPostmaster } from '../../libs/postgres/src/postmaster.ts';
import { endProcesses } from './end-processes.ts';
import { signal, whenEnded } from './process-table.ts';
import { requestStop } from './stop-request.ts';
import { isLauncherAlive, readRecords, removeRecord, type RunRecord } from '../setup/run-record.mjs';

/** A launcher ends its stack within 10 s, and then itself. */
const LAUNCHER_PATIENCE_MS = 12_000;

/**
 * Ends whatever the launchers that keep their records in `runDirectory` have started, and themselves; nothing else.
 *
 * @returns what ran, each with its process id
 */
export async function endRecorded(runDirectory: string): Promise<readonly string[]> {
  const records = await readRecords(runDirectory);
  const running = (await Promise.all(records.map(whatRuns))).flat();
  await Promise.all(records.map((record) => endLauncher(runDirectory, record)));
  // Read again: a launcher that ended well has nothing left, one that did not may have restarted something since.
  const left = await readRecords(runDirectory);
  await Promise.all(
    left.map(async ({ launcher, replicas, dataDirectory }) => {
      await endProcesses(replicas, dataDirectory);
      removeRecord(runDirectory, launcher);
    }),
  );
  return running;
}

async function whatRuns(record: RunRecord): Promise<readonly string[]> {
  const { launcher, replicas, dataDirectory } = record;
  const postmaster = dataDirectory === undefined ? undefined : await findPostmaster(dataDirectory);
  return [
    ...((await isLauncherAlive(record)) ? [`launcher (process ${launcher})`] : []),
    ...replicas.map(({ name, pid }) => `${name} (process ${pid})`),
    ...(postmaster === undefined ? [] : [`PostgreSQL (process ${postmaster.pid})`]),
  ];
}

async function endLauncher(runDirectory: string, record: RunRecord): Promise<void> {
  if (!(await isLauncherAlive(record))) return;
  try {
    requestStop(runDirectory, record.launcher);
  } catch {
    // The folder is another user's, or read-only by now. What a signal cannot do either is said.
    signal(record.launcher, 'SIGTERM');
  }
  const left = await whenEnded([record.launcher], Date.now() + LAUNCHER_PATIENCE_MS);
  for (const pid of left) signal(pid, 'SIGKILL');
}
