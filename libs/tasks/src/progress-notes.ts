import type { Attempt } from './attempt.js';
import type { WorkStore } from './work-store.js';

/** How often an attempt's progress is written and told at most, in milliseconds. */
const INTERVAL_MS = 250;

/** What {@link ProgressNotes} need. */
export interface ProgressNotesOptions {
  readonly store: Pick<WorkStore, 'note'>;
  readonly attempt: Attempt;
  /** Aborted when nothing more of the attempt counts. */
  readonly signal: AbortSignal;
  /** A word has been written. */
  readonly onNoted: () => void;
}

/** Writes the progress of one attempt: the first word at once, then the latest one, four times a second at most. */
export class ProgressNotes {
  readonly #options: ProgressNotesOptions;
  #latest: number | undefined;
  #isWritten = true;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(options: ProgressNotesOptions) {
    this.#options = options;
  }

  /** @throws RangeError for what is no share of a whole */
  take(fraction: number): void {
    if (typeof fraction !== 'number' || !(fraction >= 0 && fraction <= 1)) {
      throw new RangeError('progress must be a number from 0 to 1');
    }
    // PostgreSQL's real refuses what is too small for it.
    this.#latest = Math.fround(fraction) === 0 ? 0 : fraction;
    this.#isWritten = false;
    if (this.#timer === undefined) this.#write();
  }

  /**
   * Writes no more.
   *
   * @returns the last word, which may not have been written yet and goes with the outcome; undefined where there was none
   */
  end(): number | undefined {
    this.#ended = true;
    clearTimeout(this.#timer);
    return this.#latest;
  }

  #write(): void {
    const { store, attempt, signal } = this.#options;
    this.#timer = undefined;
    if (this.#latest === undefined || this.#isWritten || this.#ended || signal.aborted) return;
    this.#isWritten = true;
    void this.#note(store.note(attempt, this.#latest));
    this.#timer = setTimeout(() => this.#write(), INTERVAL_MS);
  }

  /** What cannot be written now is left out; the next word says more. */
  async #note(written: Promise<boolean>): Promise<void> {
    if (await written.catch(() => false)) this.#options.onNoted();
  }
}
