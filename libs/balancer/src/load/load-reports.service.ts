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
 * Puts what workers report into the balancer's count. A worker that has fallen silent is gone or stands still, or its reports do
 * not arrive: its last count would stay for ever, and without one it would look idle. So nobody knows what it has, and it is
 * asked after all others, until it is heard again.
 */
@Injectable()
export class LoadReports implements OnApplicationShutdown {
  readonly #heardAt = new Map<string, number>();
  readonly #silent = new Set<string>();
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly balancer: Balancer) {
    this.#timer = setInterval(() => this.forgetSilent(performance.now()), LOOK_EVERY_MS);
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  /**
   * @param now monotonic, in milliseconds
   * @returns whether the report is from the process that the worker is now
   */
  accept(report: LoadReport, now = performance.now()): boolean {
    const { balancer } = this;
    if (!balancer.acceptLoad(report)) return false;
    this.#heardAt.set(report.url, now);
    this.#silent.delete(report.url);
    // Whoever is no backend any more need not be remembered.
    if (this.#heardAt.size > balancer.backends.length * 2) {
      const urls = new Set(balancer.backends.map(({ url }) => url));
      for (const url of this.#heardAt.keys()) if (!urls.has(url)) this.#heardAt.delete(url);
      for (const url of this.#silent) if (!urls.has(url)) this.#silent.delete(url);
    }
    return true;
  }

  /** @param now monotonic, in milliseconds */
  forgetSilent(now: number): void {
    // Where nobody reports, answers have to do.
    if (this.#heardAt.size === 0) return;
    for (const { url, isSilent } of this.balancer.backends) {
      const heardAt = this.#heardAt.get(url);
      if (heardAt === undefined) this.#heardAt.set(url, now);
      if (heardAt === undefined || now - heardAt < SILENT_AFTER_MS || isSilent) continue;
      // An answer may have told meanwhile what it has; then that is as good as a report, for as long.
      if (this.#silent.delete(url)) this.#heardAt.set(url, now);
      else {
        this.balancer.silenceLoad(url);
        this.#silent.add(url);
      }
    }
  }
}
