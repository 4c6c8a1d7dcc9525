/** `npm run stop`: ends a stack that lost its terminal. Only what its launchers recorded is touched. */
import { findPostmaster } from '@balanza/postgres';
import { endProcesses } from './stack/end-processes.ts';
import { readEnvironment } from './stack/environment.ts';
import { signal, whenEnded } from './stack/process-table.ts';
import { isLauncherAlive, readRecords, removeRecord, type RunRecord } from './stack/run-record.ts';

/** A launcher ends its stack within 10 s, and then itself. */
const LAUNCHER_PATIENCE_MS = 12_000;

async function whatRuns(record: RunRecord): Promise<readonly string[]> {
  const { launcher, replicas, dataDirectory } = record;
  const postmaster = dataDirectory === undefined ? undefined : await findPostmaster(dataDirectory);
  return [
    ...((await isLauncherAlive(record)) ? [`launcher (process ${launcher})`] : []),
    ...replicas.map(({ name, pid }) => `${name} (process ${pid})`),
    ...(postmaster === undefined ? [] : [`PostgreSQL (process ${postmaster.pid})`]),
  ];
}

async function endLauncher(record: RunRecord): Promise<void> {
  if (!(await isLauncherAlive(record))) return;
  signal(record.launcher, 'SIGTERM');
  const left = await whenEnded([record.launcher], Date.now() + LAUNCHER_PATIENCE_MS);
  for (const pid of left) signal(pid, 'SIGKILL');
}

async function endRest({ launcher, replicas, dataDirectory }: RunRecord): Promise<void> {
  await endProcesses(replicas, dataDirectory);
  removeRecord(runDirectory, launcher);
}

const { runDirectory } = readEnvironment();
const records = await readRecords(runDirectory);
const running = (await Promise.all(records.map(whatRuns))).flat();
await Promise.all(records.map(endLauncher));
// Read again: a launcher that ended well has nothing left, one that did not may have restarted something since.
await Promise.all((await readRecords(runDirectory)).map(endRest));
process.stdout.write(
  running.length === 0 ? 'Nothing to stop.\n' : `Stopped:\n${running.map((line) => `  ${line}\n`).join('')}`,
);
