/** The value in the middle, or between the two in the middle. `NaN` of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
}

/** The smallest value that at least `rank` percent of `sorted` do not exceed. `NaN` of nothing. */
export function percentile(sorted: ArrayLike<number>, rank: number): number {
  return sorted[Math.max(0, Math.ceil((rank * sorted.length) / 100) - 1)] ?? Number.NaN;
}

/** A median with the bounds between which it lies with at least the confidence asked for. */
export interface MedianInterval {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** The probability that the interval covers the true median: at least the one asked for, from 0 to 1. */
  readonly coverage: number;
}

/**
 * The median of independent measurements and its narrowest symmetric interval of order statistics, which holds whatever
 * their distribution is (David and Nagaraja, *Order Statistics*, §7.1): between the k-th smallest and the k-th largest
 * of n lies the median with probability 1 − 2 · P(B < k), where B is binomial with n and 1/2.
 *
 * @param confidence from 0 to 1
 * @throws RangeError when there are too few values for that confidence (95 % takes 6)
 */
export function medianInterval(values: readonly number[], confidence = 0.95): MedianInterval {
  const sorted = values.toSorted((a, b) => a - b);
  const count = sorted.length;
  let rank = 0;
  let coverage = 0;
  let term = 0.5 ** count;
  let below = term;
  for (let next = 1; next <= count / 2 && 1 - 2 * below >= confidence; next++) {
    rank = next;
    coverage = 1 - 2 * below;
    term *= (count - next + 1) / next;
    below += term;
  }
  const low = sorted[rank - 1];
  const high = sorted[count - rank];
  if (low === undefined || high === undefined)
    throw new RangeError(`${count} values are too few for an interval of ${confidence * 100} %`);
  return { median: median(sorted), low, high, coverage };
}
