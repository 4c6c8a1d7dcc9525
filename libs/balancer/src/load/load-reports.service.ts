import type { LoadReport } from '@balanza/contracts';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Balancer } from '../balancer.js';

/**
 * A worker that has said nothing for this long, in milliseconds, has lost its lease, and its tasks are others'. Workers report
 * every second.
 */
export const SILENT_AFTER_MS = 3_500;
const LOOK_EVERY_MS = 250;

/**
 * Puts what workers report into the balancer's count, and takes out of it what a worker had that has fallen silent: it is
 * gone or stands still, and would keep its last count for ever.
 */
@Injectable()
export class LoadReports implements OnApplicationShutdown {
  readonly #heardAt = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly balancer: Balancer) {
    this.#timer = setInterval(() => this.forgetSilent(performance.now()), LOOK_EVERY_MS);
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  /** @param now monotonic, in milliseconds */
  accept(report: LoadReport, now = performance.now()): void {
    this.balancer.acceptLoad(report);
    this.#heardAt.set(report.url, now);
    // Whoever is no backend any more need not be remembered.
    if (this.#heardAt.size > this.balancer.backends.length * 2) {
      const urls = new Set(this.balancer.backends.map(({ url }) => url));
      for (const url of this.#heardAt.keys()) if (!urls.has(url)) this.#heardAt.delete(url);
    }
  }

  /** @param now monotonic, in milliseconds */
  forgetSilent(now: number): void {
    for (const backend of this.balancer.backends) {
      const heardAt = this.#heardAt.get(backend.url);
      if (heardAt === undefined || now - heardAt < SILENT_AFTER_MS) continue;
      backend.backgroundLoad = 0;
      this.#heardAt.delete(backend.url);
    }
  }
}
