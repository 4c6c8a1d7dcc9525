import type { Contestant } from './contestants/contestant.ts';
import type { Field, Runner } from './field.ts';
import type { LoadResult, Measurement } from './measurement.ts';
import { usageOf } from './processes/process-usage.ts';

/** What all rounds gave for one contestant. */
export interface Result {
  readonly contestant: Contestant;
  readonly measurements: readonly Measurement[];
}

export interface RoundsOptions {
  readonly rounds: number;
  /** Loads the proxy on a port for a time. */
  readonly load: (port: number, seconds: number) => Promise<LoadResult>;
  readonly seconds: number;
  /** Told of each measurement. */
  readonly onMeasurement?: (contestant: Contestant, round: number, measurement: Measurement) => void;
}

/** Load before the first round: connections to the backend are made, and a Node proxy on one core has its hot code compiled. */
const WARM_UP_SECONDS = 6;

/**
 * Measures everybody in each round, and in every other round the other way round: what changes on the machine
 * with time then meets all of them alike.
 */
export async function runRounds({ runners }: Field, options: RoundsOptions): Promise<readonly Result[]> {
  const { rounds, load, seconds, onMeasurement } = options;
  const measurements = new Map<Runner, Measurement[]>(runners.map((runner) => [runner, []]));
  for (const { port } of runners) await load(port, WARM_UP_SECONDS);
  for (let round = 1; round <= rounds; round++) {
    for (const runner of round % 2 === 1 ? runners : runners.toReversed()) {
      const measurement = await measure(runner, () => load(runner.port, seconds));
      measurements.get(runner)?.push(measurement);
      onMeasurement?.(runner.contestant, round, measurement);
    }
  }
  return runners.map((runner) => ({
    contestant: runner.contestant,
    measurements: measurements.get(runner) ?? [],
  }));
}

async function measure({ process }: Runner, load: () => Promise<LoadResult>): Promise<Measurement> {
  const before = usageOf(process.pid);
  const result = await load();
  const after = usageOf(process.pid);
  const errors = [...result.errors];
  if (result.requests === 0) errors.push('no answers');
  if (process.hasEnded()) errors.push('the proxy ended');
  const cpuMicros =
    before && after && result.requests > 0
      ? (after.cpuMicros - before.cpuMicros) / result.requests
      : undefined;
  return { ...result, errors, cpuMicros, residentBytes: after?.residentBytes };
}
