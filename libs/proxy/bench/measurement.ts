/** What one run against one proxy gave. */
export interface Measurement {
  /** Answers that came. */
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  /** CPU time of the proxy's processes for one request; `undefined` where it cannot be read. */
  readonly cpuMicros: number | undefined;
  /** Resident memory of the proxy's processes after the run; `undefined` where it cannot be read. */
  readonly residentBytes: number | undefined;
  /** What went wrong, such as `12 answers not 2xx`; then the figures say nothing. */
  readonly errors: readonly string[];
}

/** What a load generator sees, without what the proxy used. */
export type LoadResult = Omit<Measurement, 'cpuMicros' | 'residentBytes'>;
