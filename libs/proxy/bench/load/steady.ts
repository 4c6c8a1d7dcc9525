import type { LoadResult } from '../measurement.ts';
import { nodeCommand } from '../processes/command.ts';
import { loadCores } from '../processes/cores.ts';
import type { Processes } from '../processes/processes.ts';
import type { Scenario } from '../scenarios.ts';
import type { ConstantRateOrder } from './constant-rate.ts';

/** How much longer than asked a run may take, in ms, before it is ended. */
const PATIENCE_MS = 15_000;

/** Sends `rate` requests per second to the proxy on `port`, for `seconds`, and measures from when each was due. */
export async function runSteady(
  processes: Processes,
  { request, connections, threads }: Scenario,
  { port, seconds, rate }: { readonly port: number; readonly seconds: number; readonly rate: number },
): Promise<LoadResult> {
  const order: ConstantRateOrder = { port, request, connections, rate, seconds };
  const output = await processes.run(
    nodeCommand(new URL('constant-rate.ts', import.meta.url), [JSON.stringify(order)]),
    loadCores(threads),
    seconds * 1_000 + PATIENCE_MS,
  );
  return JSON.parse(output) as LoadResult;
}
