import type { Logger } from './logger.js';

/** So long after the start of a process, in milliseconds, may others still be starting too. */
const START_UP_MS = 10_000;

/**
 * Says once that something this process needs is away, and once that it is back, however often that is noticed.
 * At first it says so at the level `debug`: processes that start together wait for each other, and nobody has to act.
 */
export class OutageLog {
  readonly #logger: Pick<Logger, 'debug' | 'info' | 'warn'>;
  readonly #now: () => number;
  readonly #startedAt: number;
  #said: 'debug' | 'warn' | undefined;

  /** @param now a clock in milliseconds */
  constructor(logger: Pick<Logger, 'debug' | 'info' | 'warn'>, now = () => performance.now()) {
    this.#logger = logger;
    this.#now = now;
    this.#startedAt = now();
  }

  /** It is away. */
  noticed(message: string): void {
    const level = this.#now() - this.#startedAt < START_UP_MS ? 'debug' : 'warn';
    if (this.#said === level || this.#said === 'warn') return;
    this.#said = level;
    this.#logger[level](message);
  }

  /** It works, perhaps again. */
  ended(message: string): void {
    if (this.#said === undefined) return;
    this.#logger[this.#said === 'warn' ? 'info' : 'debug'](message);
    this.#said = undefined;
  }
}
