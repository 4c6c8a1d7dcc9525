import type { z } from 'zod';
import type { Attempt, Outcome } from './attempt.js';
import { outcomeOf, record, type AttemptFailure } from './attempt-outcome.js';
import { PermanentTaskError, TimeLimitError } from './errors.js';
import { ProgressNotes } from './progress-notes.js';
import { resultJson } from './result-json.js';
import type { RetryDelay } from './retry-delay.js';
import type { StoreRetry } from './store-retry.js';
import type { TaskDefinition, TaskDefinitions } from './task-definition.js';
import type { WorkStore } from './work-store.js';

/** What carries attempts out. */
export interface AttemptExecution {
  readonly store: Pick<WorkStore, 'finish' | 'note'>;
  readonly storeRetry: StoreRetry;
  readonly definitions: TaskDefinitions;
  /** Where a definition does not say. */
  readonly retries: number;
  readonly timeLimitS: number;
  readonly retryDelay: RetryDelay;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Called when a task has changed in the store. */
  readonly onTask: (taskId: string) => void;
  /** Called when the failure of an attempt has been stored. */
  readonly onFailedAttempt: (failure: AttemptFailure) => void;
}

/**
 * One attempt's life: the work, then its outcome in the store, however long that takes. Whatever the work throws is an outcome.
 *
 * @param signal aborted to give the attempt up: nothing more of it is written
 * @throws the signal's reason, when the attempt is given up
 */
export async function executeAttempt(
  attempt: Attempt,
  execution: AttemptExecution,
  signal: AbortSignal,
): Promise<void> {
  const definition = execution.definitions.find(attempt.payload);
  const outcome = await work(attempt, definition, execution, signal);
  const failure = await execution.storeRetry.run(() => record(execution.store, attempt, outcome), signal);
  if (failure !== undefined) execution.onFailedAttempt(failure);
}

async function work(
  attempt: Attempt,
  definition: TaskDefinition,
  execution: AttemptExecution,
  givenUp: AbortSignal,
): Promise<Outcome> {
  givenUp.throwIfAborted();
  const own = new AbortController();
  const over = Promise.withResolvers<never>();
  const abort = (reason: unknown) => {
    over.reject(reason);
    own.abort(reason);
  };
  const giveUp = () => abort(givenUp.reason);
  givenUp.addEventListener('abort', giveUp);
  const timeLimitS = definition.timeLimitS ?? execution.timeLimitS;
  const timer = setTimeout(() => abort(new TimeLimitError(timeLimitS)), timeLimitS * 1000);
  const notes = new ProgressNotes({
    store: execution.store,
    attempt,
    signal: own.signal,
    onNoted: () => execution.onTask(attempt.task_id),
  });
  try {
    const context = { ...attempt, signal: own.signal, progress: (fraction: number) => notes.take(fraction) };
    const json = await Promise.race([perform(definition, context), over.promise]);
    return { status: 'completed', json, ...said(notes.end()) };
  } catch (error) {
    givenUp.throwIfAborted();
    const { retries = execution.retries } = definition;
    const outcome = outcomeOf(error, attempt, { ...execution, retries });
    return outcome.status === 'failed' ? { ...outcome, ...said(notes.end()) } : outcome;
  } finally {
    clearTimeout(timer);
    notes.end();
    givenUp.removeEventListener('abort', giveUp);
  }
}

const said = (progress: number | undefined) => (progress === undefined ? {} : { progress });

async function perform(
  definition: TaskDefinition,
  context: Parameters<TaskDefinition['handle']>[1],
): Promise<string> {
  const { payload, result } = definition;
  const input = payload === undefined ? context.payload : parse(payload, context.payload, 'payload');
  const output = await definition.handle(input, context);
  return resultJson(result === undefined ? output : parse(result, output, 'result'));
}

/** Another attempt would meet the same payload; and a result of another kind is a mistake in the handler. */
function parse<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const [issue] = error.issues;
  const where = issue?.path.map(String).join('.') || 'it';
  throw new PermanentTaskError(`The ${what} is not what the task needs: ${where} ${issue?.message ?? ''}`);
}
