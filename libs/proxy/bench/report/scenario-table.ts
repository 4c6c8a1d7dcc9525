import { markdownTable } from '@balanza/testing';
import { count, cpuTime, latency, megabytes, ratio } from './figures.ts';
import type { Summary } from './summary.ts';

/** Where there is no figure, or one that says nothing. */
const NONE = '–';

interface Column {
  readonly title: string;
  readonly figure: (summary: Summary) => number | undefined;
  readonly format: (value: number) => string;
  /** Whether a second column says how it compares to the reference. */
  readonly compared: boolean;
}

const COLUMNS: readonly Column[] = [
  {
    title: 'CPU/request',
    figure: ({ cpuMicros }) => cpuMicros,
    format: cpuTime,
    compared: true,
  },
  {
    title: 'requests/s',
    figure: ({ requestsPerSecond }) => requestsPerSecond,
    format: count,
    compared: true,
  },
  { title: 'p50', figure: ({ p50Micros }) => p50Micros, format: latency, compared: false },
  { title: 'p99', figure: ({ p99Micros }) => p99Micros, format: latency, compared: true },
  { title: 'memory', figure: ({ residentBytes }) => residentBytes, format: megabytes, compared: false },
];

/**
 * The table of one scenario, with a row for each contestant. Whoever made errors has no figures in it, and a line
 * below that says why.
 *
 * @param referenceName the contestant that the others are compared with, if it is among them and valid
 */
export function scenarioTable(summaries: readonly Summary[], referenceName: string): string {
  const reference = summaries.find(
    ({ contestant, errors }) => contestant.name === referenceName && errors.length === 0,
  );
  const titles = COLUMNS.flatMap(({ title, compared }) =>
    compared ? [title, `÷ ${referenceName}`] : [title],
  );
  const table = markdownTable(
    ['', ...titles],
    summaries.map((summary) => [
      summary.contestant.title,
      ...COLUMNS.flatMap((column) => cellsOf(column, summary, reference)),
    ]),
  );
  const notes = summaries
    .filter(({ errors }) => errors.length > 0)
    .map(({ contestant, errors }) => `- ${contestant.title}: not valid, ${errors.join('; ')}`);
  return [table, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n');
}

function cellsOf(
  { figure, format, compared }: Column,
  summary: Summary,
  reference: Summary | undefined,
): string[] {
  const value = summary.errors.length > 0 ? undefined : figure(summary);
  const base = reference && figure(reference);
  const cell = value === undefined ? NONE : format(value);
  if (!compared) return [cell];
  return [cell, value === undefined || base === undefined ? NONE : ratio(value, base)];
}
