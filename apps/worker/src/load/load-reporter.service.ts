import { LOAD_REPORT_EVENT, type LoadReport } from '@balanza/contracts';
import {
  APP_CONFIG,
  LOGGER,
  OutageLog,
  PROCESS_CONTEXT,
  type Logger,
  type ProcessContext,
} from '@balanza/runtime';
import { urlOf } from '@balanza/topology';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout } from 'node:timers/promises';
import { lastValueFrom } from 'rxjs';
import type { WorkerConfig } from '../config.js';
import { LoadGauge } from './load-gauge.service.js';
import { REPORT_CLIENT, type ReportClient } from './report-client.provider.js';

/** How often the load is reported when it does not change. */
const INTERVAL_MS = 1_000;
/** How long the last report may take when the worker ends. */
const LAST_REPORT_TIMEOUT_MS = 500;

/**
 * Tells the balancer of the workers how many tasks this one has in hand: at each change, once per turn of the event
 * loop, and every second. One report at a time is on its way, and each says all there is to say, so nothing queues up
 * while the balancer is away.
 */
@Injectable()
export class LoadReporter implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #gauge: LoadGauge;
  readonly #client: ReportClient;
  readonly #outage: OutageLog;
  readonly #url: string;
  readonly #concurrency: number;
  readonly #token: { readonly token?: string };
  #timer: NodeJS.Timeout | undefined;
  /** What is done for many requests is done in the context of none: its log lines would carry the id of the first. */
  readonly #outside = AsyncLocalStorage.snapshot();
  #scheduled = false;
  #sending: Promise<void> | undefined;
  #changed = false;
  #reachable = true;
  #ended = false;

  constructor(
    gauge: LoadGauge,
    @Inject(REPORT_CLIENT) client: ReportClient,
    @Inject(APP_CONFIG) { WORKER_URL, TASK_CONCURRENCY }: WorkerConfig,
    @Inject(PROCESS_CONTEXT) { config, topology, port }: ProcessContext,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.#gauge = gauge;
    this.#client = client;
    this.#outage = new OutageLog(logger);
    this.#concurrency = TASK_CONCURRENCY;
    this.#url = WORKER_URL ?? urlOf(topology.host, port);
    this.#token = config.SERVICE_TOKEN === undefined ? {} : { token: config.SERVICE_TOKEN };
  }

  onApplicationBootstrap(): void {
    this.#gauge.onChange(() => this.#schedule());
    this.#timer = setInterval(() => this.#schedule(), INTERVAL_MS);
    this.#schedule();
  }

  /** What the balancer heard last is what it goes by until this worker is back, so it hears of the end of the tasks. */
  async onApplicationShutdown(): Promise<void> {
    this.#ended = true;
    clearInterval(this.#timer);
    const patience = new AbortController();
    await Promise.race([
      this.#reportLast(),
      setTimeout(LAST_REPORT_TIMEOUT_MS, undefined, patience).catch(() => undefined),
    ]);
    patience.abort();
    await this.#client.close();
  }

  #schedule(): void {
    if (this.#scheduled || this.#ended) return;
    this.#scheduled = true;
    this.#outside(setImmediate, () => {
      this.#scheduled = false;
      void this.#send();
    });
  }

  async #send(): Promise<void> {
    if (this.#ended) return;
    this.#changed = this.#sending !== undefined;
    if (this.#changed) return;
    this.#sending = this.#report();
    await this.#sending;
    this.#sending = undefined;
    // What changed while it cannot be reached is part of the next regular report.
    if (this.#changed && this.#reachable) this.#schedule();
  }

  async #reportLast(): Promise<void> {
    await this.#sending;
    if (this.#reachable) await this.#report();
  }

  async #report(): Promise<void> {
    const report: LoadReport = {
      url: this.#url,
      concurrency: this.#concurrency,
      ...this.#gauge.read(),
    };
    try {
      await lastValueFrom(this.#client.emit(LOAD_REPORT_EVENT, { ...report, ...this.#token }), {
        defaultValue: undefined,
      });
      this.#outage.ended('The balancer takes load reports again');
      this.#reachable = true;
    } catch (error) {
      if (!this.#ended) {
        this.#outage.noticed(`The balancer does not take load reports (${String(error)}); trying on`);
      }
      this.#reachable = false;
    }
  }
}
