import { AsyncLocalStorage } from 'node:async_hooks';
import type { AttemptId } from './attempt.js';

const current = new AsyncLocalStorage<AttemptId | undefined>();

/** Runs code of an attempt: its handler, and whatever that starts (timers, promises, listeners). */
export function inAttempt<T>({ task_id, attempt }: AttemptId, run: () => T): T {
  return current.run({ task_id, attempt }, run);
}

/** Runs what belongs to no attempt, although a handler asked for it. */
export function outsideAttempts<T>(run: () => T): T {
  return current.run(undefined, run);
}

/** The attempt whose code runs now; undefined outside of all. */
export function currentAttempt(): AttemptId | undefined {
  return current.getStore();
}
