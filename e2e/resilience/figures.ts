import type { LoadReport } from './steady-load.ts';

/** Requests: `41,235`. */
export function count(value: number): string {
  return value.toLocaleString('en');
}

/** `12.3 ms` */
export function milliseconds(value: number): string {
  return `${value.toFixed(1)} ms`;
}

/** `12.3 MiB` */
export function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

/** `12.3 %` */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** How many failed, and how: `3 (2 × status 502, 1 × ECONNRESET)`. */
export function failed(failures: LoadReport['failures']): string {
  const total = [...failures.values()].reduce((sum, number) => sum + number, 0);
  const kinds = [...failures].map(([kind, number]) => `${count(number)} × ${kind}`).join(', ');
  return total === 0 ? '0' : `${count(total)} (${kinds})`;
}
