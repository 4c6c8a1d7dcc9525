import type { Contestant } from '../contestants/contestant.ts';
import type { Measurement } from '../measurement.ts';
import type { Result } from '../rounds.ts';
import { median } from '@balanza/testing';

/** The medians over all rounds of one contestant. */
export interface Summary extends Measurement {
  readonly contestant: Contestant;
}

/** The medians of each figure. An error in any round is kept, and makes all figures of the contestant invalid. */
export function summarise({ contestant, measurements }: Result): Summary {
  const medianOf = (figure: (measurement: Measurement) => number) => median(measurements.map(figure));
  const known = (figure: 'cpuMicros' | 'residentBytes') => {
    const value = medianOf((measurement) => measurement[figure] ?? Number.NaN);
    return Number.isNaN(value) ? undefined : value;
  };
  return {
    contestant,
    requests: medianOf(({ requests }) => requests),
    requestsPerSecond: medianOf(({ requestsPerSecond }) => requestsPerSecond),
    p50Micros: medianOf(({ p50Micros }) => p50Micros),
    p99Micros: medianOf(({ p99Micros }) => p99Micros),
    cpuMicros: known('cpuMicros'),
    residentBytes: known('residentBytes'),
    errors: [...new Set(measurements.flatMap(({ errors }) => errors))],
  };
}
