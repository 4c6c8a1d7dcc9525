import { DURATION_BUCKETS } from '@balanza/proxy';

/** The highest bound there is stands for everything above it. */
const LAST = DURATION_BUCKETS.at(-1) ?? 0;

/**
 * A quantile of durations of which only the histogram is known, in seconds: evenly within a bucket, as Prometheus'
 * `histogram_quantile` takes it.
 *
 * @param buckets how many durations fell into each of {@link DURATION_BUCKETS}, and beyond the last
 * @param quantile such as 0.99
 * @returns undefined where nothing was observed
 * @see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
 */
export function quantileOf(buckets: readonly number[], quantile: number): number | undefined {
  const total = buckets.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  const rank = quantile * total;
  let below = 0;
  for (const [index, count] of buckets.entries()) {
    if (below + count >= rank && count > 0) {
      const from = DURATION_BUCKETS[index - 1] ?? 0;
      const to = DURATION_BUCKETS[index] ?? LAST;
      return Math.min(from + ((to - from) * (rank - below)) / count, LAST);
    }
    below += count;
  }
  return LAST;
}
