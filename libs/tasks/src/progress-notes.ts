import type { Attempt } from './attempt.js';
import type { WorkStore } from './work-store.js';

/** How often an attempt's progress is written at most, in milliseconds. */
const INTERVAL_MS = 1_000;

/** Writes the progress of one attempt, the first word at once and then the latest one each second. */
export class ProgressNotes {
  readonly #store: Pick<WorkStore, 'note'>;
  readonly #attempt: Attempt;
  readonly #signal: AbortSignal;
  #latest: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(store: Pick<WorkStore, 'note'>, attempt: Attempt, signal: AbortSignal) {
    this.#store = store;
    this.#attempt = attempt;
    this.#signal = signal;
  }

  /** @throws RangeError for what is no share of a whole */
  take(fraction: number): void {
    if (!(fraction >= 0 && fraction <= 1)) throw new RangeError('progress must be from 0 to 1');
    this.#latest = fraction;
    if (this.#timer === undefined) this.#write();
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  #write(): void {
    this.#timer = undefined;
    if (this.#latest === undefined || this.#ended || this.#signal.aborted) return;
    // What cannot be written now is left out; the next word says more.
    this.#store.note(this.#attempt, this.#latest).catch(() => undefined);
    this.#latest = undefined;
    this.#timer = setTimeout(() => this.#write(), INTERVAL_MS);
  }
}
