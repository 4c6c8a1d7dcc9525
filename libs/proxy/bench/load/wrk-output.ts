import type { LoadResult } from '../measurement.ts';

const MICROS: Readonly<Record<string, number>> = { us: 1, ms: 1e3, s: 1e6, m: 60e6 };

/**
 * Reads what `wrk --latency` prints.
 *
 * @throws Error when a figure is missing
 */
export function parseWrkOutput(output: string): LoadResult {
  const find = (pattern: RegExp): string[] => {
    const match = pattern.exec(output);
    if (match === null) throw new Error(`wrk printed nothing like ${String(pattern)}:\n${output}`);
    return match.slice(1);
  };
  const latency = (percentile: number) => {
    const [value, unit] = find(new RegExp(`^\\s+${percentile}%\\s+([\\d.]+)(us|ms|s|m)\\s*$`, 'm'));
    return Number(value) * (MICROS[unit ?? ''] ?? Number.NaN);
  };
  return {
    requests: Number(find(/^\s+(\d+) requests in/m)[0]),
    requestsPerSecond: Number(find(/^Requests\/sec:\s+([\d.]+)$/m)[0]),
    p50Micros: latency(50),
    p99Micros: latency(99),
    errors: errorsIn(output),
  };
}

function errorsIn(output: string): string[] {
  const errors: string[] = [];
  const sockets = /^\s+Socket errors: (.+)$/m.exec(output)?.[1] ?? '';
  for (const [, kind, count] of sockets.matchAll(/(\w+) (\d+)/g)) {
    if (count !== '0') errors.push(`${count} × socket ${kind}`);
  }
  const [, refused] = /^\s+Non-2xx or 3xx responses: (\d+)$/m.exec(output) ?? [];
  if (refused !== undefined) errors.push(`${refused} answers neither 2xx nor 3xx`);
  return errors;
}
