import type { z } from 'zod';
import type { Attempt, Outcome } from './attempt.js';
import { measured, type AttemptMeasure } from './attempt-end.js';
import { inAttempt, outsideAttempts } from './attempt-context.js';
import { outcomeOf, record, type AttemptFailure } from './attempt-outcome.js';
import { PermanentTaskError, TimeLimitError } from './errors.js';
import { startTimer } from './long-timer.js';
import { ProgressNotes } from './progress-notes.js';
import { resultJson } from './result-json.js';
import type { RetryDelay } from './retry-delay.js';
import type { StoreRetry } from './store-retry.js';
import type { TaskDefinition } from './task-definition.js';
import type { WorkStore } from './work-store.js';

/** What carries attempts out. */
export interface AttemptExecution extends AttemptMeasure {
  readonly store: Pick<WorkStore, 'finish' | 'note'>;
  readonly storeRetry: StoreRetry;
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

/** An attempt that is being carried out. */
export interface RunningAttempt {
  /** Resolves once the outcome is stored; rejects with the signal's reason when the attempt is given up. */
  readonly ended: Promise<void>;
  /** Resolves once the handler has returned or thrown, which may be long after its time is up, or never. */
  readonly settled: Promise<void>;
}

/**
 * One attempt's life: the work, then its outcome in the store, however long that takes. Whatever the work throws is an outcome.
 *
 * @param signal aborted to give the attempt up: nothing more of it is written
 */
export function executeAttempt(
  attempt: Attempt,
  execution: AttemptExecution,
  signal: AbortSignal,
): RunningAttempt {
  const { promise: settled, resolve } = Promise.withResolvers<void>();
  return { ended: carryOut(attempt, execution, signal, resolve), settled };
}

async function carryOut(
  attempt: Attempt,
  execution: AttemptExecution,
  signal: AbortSignal,
  onSettled: () => void,
): Promise<void> {
  const outcome = await measured(attempt, execution, () => work(attempt, execution, signal, onSettled)).catch(
    (error: unknown) => {
      // Without an outcome it would begin again for ever.
      signal.throwIfAborted();
      return outcomeOf(error, attempt, execution);
    },
  );
  const failure = await execution.storeRetry.run(() => record(execution.store, attempt, outcome), signal);
  if (failure !== undefined) execution.onFailedAttempt(failure);
}

async function work(
  attempt: Attempt,
  execution: AttemptExecution,
  givenUp: AbortSignal,
  onSettled: () => void,
): Promise<Outcome> {
  const definition = execution.definitions.find(attempt.payload);
  const { timeLimitS = execution.timeLimitS, retries = execution.retries } = definition;
  const own = new AbortController();
  const over = Promise.withResolvers<never>();
  const abort = (reason: unknown) => {
    over.reject(reason);
    inAttempt(attempt, () => own.abort(reason));
  };
  const giveUp = () => abort(givenUp.reason);
  givenUp.addEventListener('abort', giveUp);
  const endTimer = startTimer(() => abort(new TimeLimitError(timeLimitS)), timeLimitS * 1000);
  const notes = new ProgressNotes({
    store: execution.store,
    attempt,
    signal: own.signal,
    onNoted: () => execution.onTask(attempt.task_id),
  });
  const progress = (fraction: number) => outsideAttempts(() => notes.take(fraction));
  const performed = inAttempt(attempt, () =>
    perform(definition, { ...attempt, signal: own.signal, progress }).finally(onSettled),
  );
  try {
    const json = await Promise.race([performed, over.promise]);
    return { status: 'completed', json, ...said(notes.end()) };
  } catch (error) {
    givenUp.throwIfAborted();
    const outcome = outcomeOf(error, attempt, { ...execution, retries });
    return outcome.status === 'failed' ? { ...outcome, ...said(notes.end()) } : outcome;
  } finally {
    endTimer();
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
