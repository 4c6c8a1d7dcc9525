import { medianInterval, type MedianInterval } from '@balanza/testing';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Contestant } from '../contestants/contestant.ts';
import { startField } from '../field.ts';
import { runWrk } from '../load/wrk.ts';
import type { Measurement } from '../measurement.ts';
import type { Processes } from '../processes/processes.ts';
import { runRounds } from '../rounds.ts';
import type { Scenario } from '../scenarios.ts';

/** The fewest pairs that a comparison may have. */
export const MIN_PAIRS = 11;

export interface ComparisonOptions {
  readonly pairs: number;
  /** Of one measurement. */
  readonly seconds: number;
  /** The state that is judged. */
  readonly subject: Contestant;
  /** The state that it is compared with. */
  readonly base: Contestant;
  /** An existing folder for temporary files. */
  readonly folder: string;
  /** Told of each pair. */
  readonly onProgress: (text: string) => void;
}

/** One figure of both states. */
export interface ComparedFigure {
  readonly figure: 'cpuMicros' | 'requestsPerSecond' | 'p99Micros';
  /** Medians over all pairs. */
  readonly subject: number;
  readonly base: number;
  /** Of subject ÷ base, pair by pair. */
  readonly ratio: MedianInterval;
}

/** What the comparison in one scenario gave. */
export interface Comparison {
  readonly scenario: Scenario;
  readonly figures: readonly ComparedFigure[];
}

type Pair = readonly [subject: Measurement, base: Measurement];

const FIGURES = ['cpuMicros', 'requestsPerSecond', 'p99Micros'] as const;

/**
 * Measures two states of the balancer in pairs, in turn first and second. Each pair has fresh processes: what differs between two
 * processes of the same code (layout of memory, order of compilation) then varies from pair to pair, instead of
 * being taken for a difference between the states.
 *
 * @throws Error when a measurement had errors: its figures say nothing
 */
export async function compare(
  processes: Processes,
  scenario: Scenario,
  options: ComparisonOptions,
): Promise<Comparison> {
  const pairs: Pair[] = [];
  for (let nth = 1; nth <= options.pairs; nth++) {
    const pair = await measurePair(processes, scenario, nth, options);
    pairs.push(pair);
    options.onProgress(
      `${scenario.name} ${nth}/${options.pairs}: ${pair.map(({ cpuMicros }) => `${cpuMicros?.toFixed(1)} µs`).join(' against ')}`,
    );
  }
  return { scenario, figures: FIGURES.flatMap((figure) => comparedFigure(figure, pairs)) };
}

async function measurePair(
  processes: Processes,
  scenario: Scenario,
  nth: number,
  { seconds, subject, base, folder: parent }: ComparisonOptions,
): Promise<Pair> {
  const folder = join(parent, `${scenario.name}-${nth}`);
  mkdirSync(folder);
  const order = nth % 2 === 1 ? [subject, base] : [base, subject];
  const field = await startField(processes, order, scenario.threads, folder);
  try {
    const results = await runRounds(field, {
      rounds: 1,
      seconds,
      load: (port, duration) => runWrk(processes, scenario, { port, seconds: duration, folder }),
    });
    const measurementOf = (contestant: Contestant) => {
      const [measurement] = results.find((result) => result.contestant === contestant)?.measurements ?? [];
      if (measurement === undefined || measurement.errors.length > 0)
        throw new Error(`${contestant.title}: ${measurement?.errors.join('; ') ?? 'not measured'}`);
      return measurement;
    };
    return [measurementOf(subject), measurementOf(base)];
  } finally {
    await field.stop();
  }
}

/** Nothing where the system does not tell the CPU time of processes. */
function comparedFigure(figure: ComparedFigure['figure'], pairs: readonly Pair[]): ComparedFigure[] {
  const ofSubject = pairs.map(([{ [figure]: value = Number.NaN }]) => value);
  const ofBase = pairs.map(([, { [figure]: value = Number.NaN }]) => value);
  if ([...ofSubject, ...ofBase].some(Number.isNaN)) return [];
  return [
    {
      figure,
      subject: medianInterval(ofSubject).median,
      base: medianInterval(ofBase).median,
      ratio: medianInterval(ofSubject.map((value, index) => value / (ofBase[index] ?? Number.NaN))),
    },
  ];
}
