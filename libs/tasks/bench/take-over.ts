import { migrate } from '@balanza/tasks';
import { startTestPostgres } from '@balanza/testing/postgres';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { RECOVERERS, type Recoverer } from './recoverers.ts';

const JOBS = 100;
/** By then a survivor has found its way into whatever rhythm it has. */
const STEADY_MS = 4_000;

/**
 * Seconds from `kill -9` of a worker with 100 jobs to the start of the last of them elsewhere, round after round; `Infinity`
 * where that took longer than anybody waited.
 */
export async function takeOverTimes(recoverer: Recoverer): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < recoverer.rounds; round++) times.push(await takeOverTime(recoverer));
  return times;
}

async function takeOverTime(recoverer: Recoverer): Promise<number> {
  const postgres = await startTestPostgres();
  await migrate(postgres.url);
  const index = String(RECOVERERS.indexOf(recoverer));
  const script = join(import.meta.dirname, 'doomed-worker.ts');
  const doomed = spawn(process.execPath, [script, index, postgres.url, String(JOBS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(doomed.stdout, 'data');
  let begun = 0;
  const allBegun = Promise.withResolvers<void>();
  const survivor = await recoverer.start({
    url: postgres.url,
    concurrency: JOBS,
    handle: async () => {
      if (++begun === JOBS) allBegun.resolve();
    },
  });
  await survivor.begin();
  await setTimeout(STEADY_MS + Math.random() * 1_000);
  doomed.kill('SIGKILL');
  const killed = performance.now();
  const patience = new AbortController();
  await Promise.race([
    allBegun.promise,
    setTimeout(recoverer.patience * 1_000, undefined, { signal: patience.signal }).catch(() => undefined),
  ]);
  patience.abort();
  const seconds = begun === JOBS ? (performance.now() - killed) / 1000 : Infinity;
  await survivor.stop();
  await postgres.close();
  return seconds;
}
