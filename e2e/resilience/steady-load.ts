import { percentile } from '@balanza/testing';
import { setTimeout } from 'node:timers/promises';
import { Pool } from 'undici';

export interface SteadyLoadOptions {
  /** Where the requests go: scheme, host and port. */
  readonly origin: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent by POST, as JSON; without it requests are GETs. */
  readonly json?: object;
  /** Requests per second. */
  readonly rate: number;
}

/** What became of the requests of one load. */
export interface LoadReport {
  readonly requests: number;
  /** How many did not get a 2xx, by what they got instead. */
  readonly failures: ReadonlyMap<string, number>;
  /** From when a request was due to the end of its answer, in ms. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const CONNECTIONS = 256;
const TICK_MS = 2;

/** Sends requests at a constant rate, whether or not the answers keep up, and keeps account of every one. */
export class SteadyLoad {
  readonly #options: SteadyLoadOptions;
  readonly #pool: Pool;
  readonly #latencies: number[] = [];
  readonly #failures = new Map<string, number>();
  readonly #pending = new Set<Promise<void>>();
  readonly #startedAt = performance.now();
  readonly #ticker: NodeJS.Timeout;
  #sent = 0;

  constructor(options: SteadyLoadOptions) {
    this.#options = options;
    this.#pool = new Pool(options.origin, { connections: CONNECTIONS, pipelining: 1 });
    this.#ticker = setInterval(() => this.#sendDue(), TICK_MS);
  }

  /** Waits until so many requests have been sent. */
  async untilSent(requests: number): Promise<void> {
    while (this.#sent < requests) {
      await setTimeout(((requests - this.#sent) * 1_000) / this.#options.rate);
    }
  }

  /** Sends no more and waits for the last answers. */
  async stop(): Promise<LoadReport> {
    clearInterval(this.#ticker);
    await Promise.all(this.#pending);
    await this.#pool.close();
    const latencies = Float64Array.from(this.#latencies).toSorted();
    return {
      requests: this.#sent,
      failures: this.#failures,
      p50: percentile(latencies, 50),
      p99: percentile(latencies, 99),
      max: latencies.at(-1) ?? Number.NaN,
    };
  }

  #sendDue(): void {
    const due = ((performance.now() - this.#startedAt) / 1_000) * this.#options.rate;
    while (this.#sent < due) {
      const pending = this.#request(this.#sent++).finally(() => this.#pending.delete(pending));
      this.#pending.add(pending);
    }
  }

  async #request(number: number): Promise<void> {
    const { path, headers, rate, json } = this.#options;
    let failure: string | undefined;
    try {
      const { statusCode, body } = await this.#pool.request(
        json === undefined
          ? { method: 'GET', path, headers: { ...headers } }
          : {
              method: 'POST',
              path,
              headers: { ...headers, 'content-type': 'application/json' },
              body: JSON.stringify(json),
            },
      );
      await body.dump();
      if (statusCode < 200 || statusCode > 299) failure = `status ${statusCode}`;
    } catch (error) {
      failure = (error as NodeJS.ErrnoException).code ?? String(error);
    }
    this.#latencies.push(performance.now() - this.#startedAt - (number * 1_000) / rate);
    if (failure !== undefined) this.#failures.set(failure, (this.#failures.get(failure) ?? 0) + 1);
  }
}
