import { messageOf } from './message-of.js';
import type { StoreRetry } from './store-retry.js';
import type { Attempt, Outcome, TaskStore } from './task-store.js';

/** SQLSTATE class of values that cannot be stored (PostgreSQL, appendix A). */
const DATA_EXCEPTION = /^22/;

/** What carries an attempt out. */
export interface AttemptExecution {
  readonly store: Pick<TaskStore, 'finish'>;
  readonly retry: StoreRetry;
  /** Does the work; what it returns becomes the result, what it throws the error. */
  readonly handler: (attempt: Attempt, signal: AbortSignal) => Promise<unknown>;
  /** Aborted to give the attempt up: it stays as running in the store, and the next start puts it back. */
  readonly signal: AbortSignal;
}

/**
 * One attempt's life: the work, then its outcome in the store, however long that takes.
 *
 * @throws the signal's reason, when the attempt is given up
 */
export async function executeAttempt(attempt: Attempt, execution: AttemptExecution): Promise<void> {
  const { store, retry, signal } = execution;
  const outcome = await work(attempt, execution);
  await retry.run(() => record(store, attempt, outcome), signal);
}

async function work(attempt: Attempt, { handler, signal }: AttemptExecution): Promise<Outcome> {
  signal.throwIfAborted();
  const givenUp = Promise.withResolvers<never>();
  const giveUp = () => givenUp.reject(signal.reason);
  signal.addEventListener('abort', giveUp);
  try {
    return { status: 'completed', result: await Promise.race([handler(attempt, signal), givenUp.promise]) };
  } catch (error) {
    signal.throwIfAborted();
    return failure(error);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/** A result that cannot be stored, now or ever, fails its task. */
async function record(store: AttemptExecution['store'], attempt: Attempt, outcome: Outcome): Promise<void> {
  try {
    await store.finish(attempt, outcome);
  } catch (error) {
    const unstorable =
      error instanceof TypeError || DATA_EXCEPTION.test((error as { code?: string }).code ?? '');
    if (!unstorable) throw error;
    await store.finish(attempt, failure(error));
  }
}

function failure(error: unknown): Outcome {
  return { status: 'failed', error: messageOf(error) };
}
