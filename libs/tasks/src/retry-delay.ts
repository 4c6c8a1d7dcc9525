/** How long to wait before a task that failed is tried again. */
export interface RetryDelay {
  /** After the first failure; it doubles with each further one. In milliseconds, as the next. */
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Unless told otherwise. */
export const DEFAULT_RETRY_DELAY: RetryDelay = { firstMs: 1_000, maxMs: 60_000 };

/**
 * The wait after the `failures`-th failure, in milliseconds: exponential, and spread evenly over its upper half, so that
 * what failed together does not come back together.
 *
 * Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015 ("equal jitter").
 *
 * @param random from 0 to 1
 */
export function retryDelayMs(failures: number, { firstMs, maxMs }: RetryDelay, random: number): number {
  const ceiling = Math.min(maxMs, firstMs * 2 ** (failures - 1));
  return Math.round((ceiling * (1 + random)) / 2);
}
