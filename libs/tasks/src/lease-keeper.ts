import { setTimeout } from 'node:timers/promises';
import { LEASE_MS, type LeaseNews } from './lease-store.js';

/** How often a lease is renewed, and how soon again after a failure, in milliseconds. */
const RENEW_EVERY_MS = 1_000;
const RETRY_AFTER_MS = 200;

/** What a {@link LeaseKeeper} renews, and who hears of it. */
export interface LeaseKeeperOptions {
  readonly renew: () => Promise<LeaseNews>;
  readonly onNews: (news: LeaseNews) => void;
  readonly onFailure: (error: unknown) => void;
  /** Monotonic, in milliseconds. */
  readonly now: () => number;
}

/** Renews a worker's lease every second, and knows how far it can be relied on. */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #stop = new AbortController();
  #renewedAt = -Infinity;
  #loop: Promise<void> | undefined;
  #renewing: Promise<void> = Promise.resolve();

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
  }

  /** Whether nobody can have taken this worker's tasks over yet. */
  get isValid(): boolean {
    return this.#options.now() - this.#renewedAt < LEASE_MS;
  }

  /** Renews the lease now, after a renewal that is under way; once it has stopped, no more. @throws as `renew` does */
  renew(): Promise<void> {
    const renewal = this.#renewing.then(() => this.#renew());
    this.#renewing = renewal.catch(() => undefined);
    return renewal;
  }

  async #renew(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const { renew, onNews, now } = this.#options;
    const asked = now();
    const news = await renew();
    // The lease runs from when the server took it, which is no earlier than it was asked.
    this.#renewedAt = asked;
    onNews(news);
  }

  /** Goes on renewing it. Idempotent. */
  start(): void {
    this.#loop ??= this.#keep(this.#stop.signal);
  }

  /** Resolves once no renewal is under way, so that nothing revives a lease that is then ended. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    await this.#renewing;
  }

  async #keep(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const began = this.#options.now();
      let wait = RETRY_AFTER_MS;
      try {
        await this.renew();
        wait = Math.max(0, RENEW_EVERY_MS - (this.#options.now() - began));
      } catch (error) {
        this.#options.onFailure(error);
      }
      await setTimeout(wait, undefined, { signal }).catch(() => undefined);
    }
  }
}
