/** The constant-rate client as a process: takes a {@link ConstantRateOrder} as JSON, prints a {@link LoadResult}. */
import type { LoadResult } from '../measurement.ts';
import { count } from '../report/figures.ts';
import { percentile } from '@balanza/testing';
import { bytesOf, type LoadRequest } from './load-request.ts';
import { OpenLoop } from './open-loop.ts';

export interface ConstantRateOrder {
  readonly port: number;
  readonly request: LoadRequest;
  readonly connections: number;
  /** Requests per second. */
  readonly rate: number;
  readonly seconds: number;
}

/** The first requests meet code that is not yet compiled, in the client too. */
const WARM_UP_SECONDS = 1;
/** Who answers less of what was due has not been measured at that rate. */
const MIN_ANSWERED = 0.99;

async function run(order: ConstantRateOrder): Promise<LoadResult> {
  const { latencies, answered, due, failed, elapsedSeconds } = await new OpenLoop({
    ...order,
    request: bytesOf(order.request, order.port),
    warmUpSeconds: WARM_UP_SECONDS,
  }).run();
  const requestsPerSecond = answered / elapsedSeconds;
  const errors: string[] = [];
  if (failed > 0) errors.push(`${failed} answers not 2xx`);
  if (latencies.length < due * MIN_ANSWERED) {
    errors.push(`only ${count(requestsPerSecond)} of ${count(order.rate)} requests/s`);
  }
  return {
    requests: answered,
    requestsPerSecond,
    p50Micros: percentile(latencies, 50),
    p99Micros: percentile(latencies, 99),
    errors,
  };
}

const result = await run(JSON.parse(process.argv[2] ?? '{}') as ConstantRateOrder).catch(
  (error: unknown): LoadResult => ({
    requests: 0,
    requestsPerSecond: 0,
    p50Micros: 0,
    p99Micros: 0,
    errors: [error instanceof Error ? error.message : String(error)],
  }),
);
process.stdout.write(JSON.stringify(result));
