import type { Attempt, AttemptId, Outcome } from './attempt.js';
import { PermanentTaskError } from './errors.js';
import { messageOf } from './message-of.js';
import { retryDelayMs, type RetryDelay } from './retry-delay.js';
import { isValueFault } from './statements.js';
import type { WorkStore } from './work-store.js';

/** An attempt that failed. */
export interface AttemptFailure extends AttemptId {
  readonly error: string;
  /** In how many milliseconds it is tried again; not at all where the task has failed. */
  readonly retryInMs?: number;
}

/** Whether and when a failed attempt is followed by another. */
export interface RetryRule {
  readonly retries: number;
  readonly retryDelay: RetryDelay;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** What becomes of an attempt that threw, whatever it threw. */
export function outcomeOf(
  thrown: unknown,
  { failures }: Attempt,
  { retries, retryDelay, random }: RetryRule,
): Outcome {
  const error = messageOf(thrown);
  if (isPermanent(thrown) || failures >= retries) return { status: 'failed', error };
  return { status: 'queued', error, delayMs: retryDelayMs(failures + 1, retryDelay, random()) };
}

/** A Proxy may throw when it is asked what it is. */
function isPermanent(thrown: unknown): boolean {
  try {
    return thrown instanceof PermanentTaskError;
  } catch {
    return false;
  }
}

/**
 * Stores an outcome. One whose values PostgreSQL refuses, such as a result that is JSON but too deep for it, fails its task: it
 * would be refused for ever.
 *
 * @returns the failure that was stored, if it was one and the attempt was still the latest
 * @throws as the store does, when it cannot serve now
 */
export async function record(
  store: Pick<WorkStore, 'finish'>,
  attempt: Attempt,
  outcome: Outcome,
): Promise<AttemptFailure | undefined> {
  try {
    return (await store.finish(attempt, outcome)) ? failureOf(attempt, outcome) : undefined;
  } catch (error) {
    if (!isValueFault(error)) throw error;
    const failed = { status: 'failed', error: `The outcome cannot be stored: ${messageOf(error)}` } as const;
    return (await store.finish(attempt, failed)) ? failureOf(attempt, failed) : undefined;
  }
}

function failureOf({ task_id, attempt }: Attempt, outcome: Outcome): AttemptFailure | undefined {
  if (outcome.status === 'completed') return undefined;
  const { error } = outcome;
  return { task_id, attempt, error, ...(outcome.status === 'queued' ? { retryInMs: outcome.delayMs } : {}) };
}
