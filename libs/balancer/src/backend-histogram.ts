import { DURATION_BUCKETS, type DurationName, type ProxiedBackend } from '@balanza/proxy';

/** A Prometheus histogram of durations that the data plane has counted already; labelled by backend. */
export class BackendHistogram {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly #duration: DurationName;
  readonly #backends: () => readonly ProxiedBackend[];

  /** @param backends those that there are when it is read */
  constructor(backends: () => readonly ProxiedBackend[], { name, help, duration }: HistogramOptions) {
    this.name = name;
    this.help = help;
    this.#duration = duration;
    this.#backends = backends;
  }

  get() {
    const values = this.#backends().flatMap((backend) => this.#valuesOf(backend));
    return Promise.resolve({ name: this.name, help: this.help, type: this.type, values, aggregator: 'sum' });
  }

  /** Buckets are cumulative in Prometheus' format. */
  #valuesOf(backend: ProxiedBackend) {
    const { buckets, sum } = backend.totals().durations[this.#duration];
    let count = 0;
    const cumulative = buckets.map((observed, index) => {
      count += observed;
      return {
        metricName: `${this.name}_bucket`,
        labels: { backend: backend.url, le: DURATION_BUCKETS[index] ?? '+Inf' },
        value: count,
      };
    });
    const labels = { backend: backend.url };
    return [
      ...cumulative,
      { metricName: `${this.name}_sum`, labels, value: sum },
      { metricName: `${this.name}_count`, labels, value: count },
    ];
  }
}

/** What a {@link BackendHistogram} shows, and as what. */
export interface HistogramOptions {
  readonly name: string;
  readonly help: string;
  readonly duration: DurationName;
}
