/** Upper bounds of the duration histograms, in seconds; the last bucket has none. */
export const DURATION_BUCKETS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const;

/** What of a request is timed. */
export const DURATIONS = ['connect', 'head', 'total'] as const;
/** One of {@link DURATIONS}. */
export type DurationName = (typeof DURATIONS)[number];

const FIRST_STATUS = 100;
/** Those of three digits. */
const STATUSES = 900;
const HISTOGRAM = DURATION_BUCKETS.length + 2;
const SUM = HISTOGRAM - 1;
const REQUESTS = 0;
const ERRORS = 1;
const BYTES_RECEIVED = 2;
const BYTES_SENT = 3;
const RETRIES = 4;
const HISTOGRAMS = 5;
const BY_STATUS = HISTOGRAMS + DURATIONS.length * HISTOGRAM;

/** Numbers that one tally takes. */
export const TALLY_NUMBERS = BY_STATUS + STATUSES;

/** How many observations fell into each bucket, and their sum in seconds. */
export interface DurationTotals {
  readonly buckets: readonly number[];
  readonly sum: number;
}

/** What was counted for one backend by all threads. */
export interface Totals {
  readonly requests: number;
  readonly errors: number;
  /** Requests that came from another backend, which could not serve them. */
  readonly retries: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly durations: Readonly<Record<DurationName, DurationTotals>>;
  /** Requests by the status that the client got. */
  readonly statuses: ReadonlyMap<number, number>;
}

/** One thread's counts for one backend. Only that thread writes them, so that counting is one addition. */
export class Tally {
  readonly #numbers: Float64Array;

  constructor(numbers: Float64Array) {
    this.#numbers = numbers;
  }

  addRequest(): void {
    this.#add(REQUESTS, 1);
  }

  addError(): void {
    this.#add(ERRORS, 1);
  }

  addRetry(): void {
    this.#add(RETRIES, 1);
  }

  addAnswer(status: number, bytesReceived: number, bytesSent: number): void {
    this.#add(BYTES_RECEIVED, bytesReceived);
    this.#add(BYTES_SENT, bytesSent);
    this.#add(BY_STATUS + Math.min(Math.max(status - FIRST_STATUS, 0), STATUSES - 1), 1);
  }

  addDuration(name: DurationName, milliseconds: number): void {
    const seconds = milliseconds / 1000;
    const at = HISTOGRAMS + DURATIONS.indexOf(name) * HISTOGRAM;
    let bucket = 0;
    while (bucket < DURATION_BUCKETS.length && seconds > (DURATION_BUCKETS[bucket] ?? Infinity)) bucket++;
    this.#add(at + bucket, 1);
    this.#add(at + SUM, seconds);
  }

  #add(index: number, amount: number): void {
    this.#numbers[index] = (this.#numbers[index] ?? 0) + amount;
  }
}

/** Requests that the threads have counted, alone. */
export function requestsOf(tallies: readonly Float64Array[]): number {
  return tallies.reduce((total, numbers) => total + (numbers[REQUESTS] ?? 0), 0);
}

/** The sum of what the threads have counted. */
export function totalsOf(tallies: readonly Float64Array[]): Totals {
  const sum = (index: number) => tallies.reduce((total, numbers) => total + (numbers[index] ?? 0), 0);
  const durations = DURATIONS.map((name, index): [DurationName, DurationTotals] => {
    const at = HISTOGRAMS + index * HISTOGRAM;
    return [
      name,
      { buckets: Array.from({ length: SUM }, (_, bucket) => sum(at + bucket)), sum: sum(at + SUM) },
    ];
  });
  const statuses = Array.from(
    { length: STATUSES },
    (_, index) => [FIRST_STATUS + index, sum(BY_STATUS + index)] as const,
  );
  return {
    requests: sum(REQUESTS),
    errors: sum(ERRORS),
    retries: sum(RETRIES),
    bytesReceived: sum(BYTES_RECEIVED),
    bytesSent: sum(BYTES_SENT),
    durations: Object.fromEntries(durations) as Record<DurationName, DurationTotals>,
    statuses: new Map(statuses.filter(([, count]) => count > 0)),
  };
}
