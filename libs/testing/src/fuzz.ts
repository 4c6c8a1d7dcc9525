/** How long a property is tried, and with which random numbers. */
export interface Fuzz {
  readonly seed: number;
  readonly numRuns: number;
  /** Time that the test may take, in ms. */
  readonly timeoutMs: number;
}

/** The numbers that a test run begins with unless told otherwise, so that it is the same run every time. */
const SEED = 20_250_101;
const MS_PER_RUN = 20;

/**
 * `runs` of the same numbers every time; under `FUZZ_RUNS` that many instead, of new numbers each time or those of `FUZZ_SEED`.
 */
export function fuzz(runs: number): Fuzz {
  const { FUZZ_RUNS, FUZZ_SEED } = process.env;
  const numRuns = Number(FUZZ_RUNS ?? runs);
  const seed = FUZZ_SEED ?? (FUZZ_RUNS === undefined ? SEED : Date.now() % 2 ** 31);
  return { seed: Number(seed), numRuns, timeoutMs: 30_000 + numRuns * MS_PER_RUN };
}
