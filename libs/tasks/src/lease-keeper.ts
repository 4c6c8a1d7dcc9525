import { setTimeout } from 'node:timers/promises';
import { LEASE_MS, type LeaseNews } from './lease-store.js';
import { persist } from './persist.js';

/** How often a lease is renewed, and how soon again after a failure, in milliseconds. */
const RENEW_EVERY_MS = 1_000;
const RETRY_AFTER_MS = 200;
/** For how long its end is tried, in milliseconds; then it is left to lapse by itself. */
const END_WITHIN_MS = 1_000;

/** What a {@link LeaseKeeper} renews, and who hears of it. */
export interface LeaseKeeperOptions {
  readonly renew: () => Promise<LeaseNews>;
  readonly end: () => Promise<void>;
  readonly onNews: (news: LeaseNews) => void;
  readonly onFailure: (error: unknown) => void;
  /** Monotonic, in milliseconds. */
  readonly now: () => number;
}

/** Renews a worker's lease every second, and knows how far it can be relied on. */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #stop = new AbortController();
  #wasAsked = false;
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
    this.#wasAsked = true;
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

  /** Ends the lease, where there may be one, once no renewal is under way that would revive it. */
  async stop(): Promise<void> {
    const { end, onFailure } = this.#options;
    this.#stop.abort();
    await this.#loop;
    await this.#renewing;
    if (!this.#wasAsked) return;
    const patience = { signal: AbortSignal.timeout(END_WITHIN_MS), onFailure };
    await persist(end, patience).catch(() => undefined);
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
