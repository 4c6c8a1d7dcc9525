import { messageOf } from './message-of.js';
import { migrate } from './migrate.js';
import { persist } from './persist.js';

/** How to wait for a database. */
export interface ReachOptions {
  /** Aborted to wait no longer. */
  readonly signal: AbortSignal;
  /** Hears of each attempt that failed, in a sentence for a log. */
  readonly onFailure: (sentence: string) => void;
}

/**
 * {@link migrate}, as soon as the database lets it: it may come up later than whoever needs it.
 *
 * @returns false when the signal was aborted first
 */
export async function migrateOnceReachable(
  url: string,
  { signal, onFailure }: ReachOptions,
): Promise<boolean> {
  try {
    await persist(() => migrate(url), {
      signal,
      onFailure: (error) => onFailure(`The database cannot be used yet (${messageOf(error)}); trying on`),
    });
    return true;
  } catch {
    return false;
  }
}
