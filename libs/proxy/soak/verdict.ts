/** One thing that the soak finds out. */
export interface Finding {
  readonly what: string;
  readonly value: string;
  readonly good: boolean;
}

const MiB = 1024 * 1024;

export const mebibytes = (bytes: number): string => `${(bytes / MiB).toFixed(1)} MiB`;

/** A finding that is good up to `limit` bytes. */
export function atMost(what: string, bytes: number, limit: number): Finding {
  return { what, value: `${mebibytes(bytes)} (at most ${mebibytes(limit)})`, good: bytes <= limit };
}

/** A finding that is good when it is nothing. */
export function none(what: string, count: number): Finding {
  return { what, value: `${count}`, good: count === 0 };
}

/** Growth from the middle of the first half to the end: the mean of the last quarter over that of the second. */
export function growth(samples: readonly number[]): number {
  const quarter = Math.floor(samples.length / 4);
  return mean(samples.slice(-quarter)) - mean(samples.slice(quarter, 2 * quarter));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
