import { markdownTable } from '@balanza/testing';
import type { LoadReport } from './steady-load.ts';

/** One line of a table: what was done, and what the clients saw of it. */
export function loadRow(what: string, { requests, failures, p50, p99, max }: LoadReport): readonly string[] {
  return [
    what,
    count(requests),
    failed(failures),
    ...[p50, p99, max].map((milliseconds) => `${milliseconds.toFixed(1)} ms`),
  ];
}

/** The table of such lines. */
export function loadTable(rows: readonly (readonly string[])[]): string {
  return markdownTable(['during the load', 'requests', 'failed', 'p50', 'p99', 'longest'], rows);
}

export function count(value: number): string {
  return value.toLocaleString('en');
}

export function failed(failures: LoadReport['failures']): string {
  const total = [...failures.values()].reduce((sum, number) => sum + number, 0);
  const kinds = [...failures].map(([kind, number]) => `${count(number)} × ${kind}`).join(', ');
  return total === 0 ? '0' : `${count(total)} (${kinds})`;
}
