import { setTimeout } from 'node:timers/promises';

/** Waits between attempts, in milliseconds: they double from the first to the last. */
const FIRST_DELAY_MS = 100;
const LAST_DELAY_MS = 2_000;

/** How long to go on, and who is told. */
export interface PersistOptions {
  /** Aborted to give up. */
  readonly signal: AbortSignal;
  /** Hears of each failure. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Repeats an operation until it succeeds, with growing waits.
 *
 * @throws the signal's reason, once it is aborted
 */
export async function persist<T>(
  operation: () => Promise<T>,
  { signal, onFailure }: PersistOptions,
): Promise<T> {
  for (let delay = FIRST_DELAY_MS; ; delay = Math.min(delay * 2, LAST_DELAY_MS)) {
    signal.throwIfAborted();
    try {
      return await operation();
    } catch (error) {
      signal.throwIfAborted();
      onFailure(error);
      await setTimeout(delay, undefined, { signal });
    }
  }
}
