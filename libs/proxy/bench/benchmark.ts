import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Contestant } from './contestants/contestant.ts';
import { REFERENCE } from './contestants/contestants.ts';
import { startField } from './field.ts';
import { runSteady } from './load/steady.ts';
import { runWrk } from './load/wrk.ts';
import type { Measurement } from './measurement.ts';
import type { Processes } from './processes/processes.ts';
import { type Summary, summarise } from './report/summary.ts';
import { runRounds } from './rounds.ts';
import { type Scenario, SMALL_SCENARIO } from './scenarios.ts';

/** What was measured in one scenario. */
export interface ScenarioResult {
  readonly scenario: Scenario;
  /** Requests per second that were asked for; `undefined`: as many as possible. */
  readonly rate: number | undefined;
  readonly summaries: readonly Summary[];
}

export interface BenchmarkOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly contestants: readonly Contestant[];
  readonly scenarios: readonly Scenario[];
  /** Requests per second of the steady scenarios; `undefined`: {@link STEADY_SHARE} of what the reference reached. */
  readonly rate: number | undefined;
  /** An existing folder for temporary files. */
  readonly folder: string;
  /** Told what is going on. */
  readonly onProgress: (text: string) => void;
  /** Told of each scenario once it is measured. */
  readonly onResult: (result: ScenarioResult) => void;
}

/** Of the requests per second that the reference reached in the small scenario. */
export const STEADY_SHARE = 0.8;

/** Measures all contestants in all scenarios, one after the other. */
export async function runBenchmark(
  processes: Processes,
  options: BenchmarkOptions,
): Promise<readonly ScenarioResult[]> {
  const results: ScenarioResult[] = [];
  for (const scenario of options.scenarios) {
    const rate = scenario.load === 'steady' ? (options.rate ?? steadyRate(results)) : undefined;
    if (scenario.load === 'steady' && rate === undefined) {
      options.onProgress(
        `skipped "${scenario.title}": its rate follows from ${REFERENCE.name} in "${SMALL_SCENARIO.name}"`,
      );
      continue;
    }
    const result = { scenario, rate, summaries: await runScenario(processes, scenario, rate, options) };
    results.push(result);
    options.onResult(result);
  }
  return results;
}

async function runScenario(
  processes: Processes,
  scenario: Scenario,
  rate: number | undefined,
  { rounds, seconds, contestants, folder: parent, onProgress }: BenchmarkOptions,
): Promise<readonly Summary[]> {
  const folder = join(parent, scenario.name);
  mkdirSync(folder);
  const able = contestants.filter(({ maxThreads }) => maxThreads >= scenario.threads);
  const field = await startField(processes, able, scenario.threads, folder);
  try {
    const results = await runRounds(field, {
      rounds,
      seconds,
      load: (port, duration) =>
        rate === undefined
          ? runWrk(processes, scenario, { port, seconds: duration, folder })
          : runSteady(processes, scenario, { port, seconds: duration, rate }),
      onMeasurement: ({ name }, round, measurement) =>
        onProgress(`${scenario.name} ${round}/${rounds} ${name}: ${oneLine(measurement)}`),
    });
    return results.map(summarise);
  } finally {
    await field.stop();
  }
}

function steadyRate(results: readonly ScenarioResult[]): number | undefined {
  const small = results.find(({ scenario }) => scenario === SMALL_SCENARIO);
  const reference = small?.summaries.find(({ contestant }) => contestant === REFERENCE);
  if (reference === undefined || reference.errors.length > 0) return undefined;
  return Math.round(reference.requestsPerSecond * STEADY_SHARE);
}

function oneLine({ requestsPerSecond, cpuMicros, p99Micros, errors }: Measurement): string {
  const figures = [`${Math.round(requestsPerSecond)}/s`, `p99 ${Math.round(p99Micros)} µs`];
  if (cpuMicros !== undefined) figures.push(`CPU ${cpuMicros.toFixed(1)} µs`);
  return [...figures, ...errors].join(', ');
}
