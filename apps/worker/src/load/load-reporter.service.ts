import { LOAD_REPORT_EVENT, type LoadReport } from '@balanza/contracts';
import { APP_CONFIG, LOGGER, PROCESS_CONTEXT, type Logger, type ProcessContext } from '@balanza/runtime';
import { urlOf } from '@balanza/topology';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { lastValueFrom } from 'rxjs';
import type { WorkerConfig } from '../config.js';
import { LoadGauge } from './load-gauge.service.js';
import { ReportClient } from './report-client.provider.js';

/** How often the load is reported when it does not change. */
const INTERVAL_MS = 1_000;

/**
 * Tells the balancer of the workers how many tasks this one has in hand: at each change, once per turn of the event
 * loop, and every second. One report at a time is on its way, and each says all there is to say, so nothing queues up
 * while the balancer is away.
 */
@Injectable()
export class LoadReporter implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #gauge: LoadGauge;
  readonly #client: ReportClient;
  readonly #logger: Logger;
  readonly #url: string;
  readonly #token: { readonly token?: string };
  #timer: NodeJS.Timeout | undefined;
  #scheduled = false;
  #sending = false;
  #changed = false;
  #reachable = true;
  #ended = false;

  constructor(
    gauge: LoadGauge,
    client: ReportClient,
    @Inject(APP_CONFIG) { WORKER_URL }: WorkerConfig,
    @Inject(PROCESS_CONTEXT) { config, topology, port }: ProcessContext,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.#gauge = gauge;
    this.#client = client;
    this.#logger = logger;
    this.#url = WORKER_URL ?? urlOf(topology.host, port);
    this.#token = config.SERVICE_TOKEN === undefined ? {} : { token: config.SERVICE_TOKEN };
  }

  onApplicationBootstrap(): void {
    this.#gauge.onChange(() => this.#schedule());
    this.#timer = setInterval(() => this.#schedule(), INTERVAL_MS);
    this.#schedule();
  }

  onApplicationShutdown(): void {
    this.#ended = true;
    clearInterval(this.#timer);
    this.#client.close();
  }

  #schedule(): void {
    if (this.#scheduled || this.#ended) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#send();
    });
  }

  async #send(): Promise<void> {
    if (this.#ended) return;
    this.#changed = this.#sending;
    if (this.#sending) return;
    this.#sending = true;
    const report: LoadReport = { url: this.#url, ...this.#gauge.read() };
    try {
      await lastValueFrom(this.#client.emit(LOAD_REPORT_EVENT, { ...report, ...this.#token }), {
        defaultValue: undefined,
      });
      if (!this.#reachable) this.#logger.info('The balancer takes load reports again');
      this.#reachable = true;
    } catch (error) {
      if (this.#reachable && !this.#ended) {
        this.#logger.warn(`The balancer does not take load reports (${String(error)}); trying on`);
      }
      this.#reachable = false;
    }
    this.#sending = false;
    // What changed while it cannot be reached is part of the next regular report.
    if (this.#changed && this.#reachable) this.#schedule();
  }
}
