import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadResult } from '../measurement.ts';
import { loadCores } from '../processes/cores.ts';
import { findProgram } from '../processes/installed.ts';
import type { Processes } from '../processes/processes.ts';
import type { Scenario } from '../scenarios.ts';
import { headerFields } from './load-request.ts';
import { parseWrkOutput } from './wrk-output.ts';

/** The load generator; without it there is no benchmark. */
export const wrkProgram = findProgram('wrk', '-v', /^wrk (?:debian\/)?(\S+)/);

/** How much longer than asked a run may take, in ms, before it is ended. */
const PATIENCE_MS = 15_000;

/** Sends as many requests as the proxy on `port` answers, for `seconds`. */
export async function runWrk(
  processes: Processes,
  { request, connections, threads }: Scenario,
  { port, seconds, folder }: { readonly port: number; readonly seconds: number; readonly folder: string },
): Promise<LoadResult> {
  const script = join(folder, 'request.lua');
  writeFileSync(
    script,
    request.bodyBytes === 0
      ? ''
      : `wrk.method = "${request.method}"\nwrk.body = string.rep("x", ${request.bodyBytes})\n`,
  );
  const fields = headerFields(request, port).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const args = [`-t${threads}`, `-c${connections}`, `-d${seconds}s`, '--timeout', '5s', '--latency'];
  const output = await processes.run(
    {
      file: wrkProgram?.file ?? 'wrk',
      args: [...args, '-s', script, ...fields, `http://127.0.0.1:${port}${request.path}`],
    },
    loadCores(threads),
    seconds * 1_000 + PATIENCE_MS,
  );
  return parseWrkOutput(output);
}
