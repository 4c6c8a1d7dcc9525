import type { Attempt, Outcome } from './attempt.js';
import type { TaskDefinitions } from './task-definition.js';

/** How an attempt ended, for statistics. */
export interface AttemptEnd {
  /** The name of its handler; empty where there is none of the name that its task asks for. */
  readonly task: string;
  /** `given_up` when its task was cancelled, taken over or put back. */
  readonly outcome: 'completed' | 'failed' | 'retried' | 'given_up';
  /** How long it took. */
  readonly seconds: number;
}

/** What an attempt is measured by. */
export interface AttemptMeasure {
  readonly definitions: TaskDefinitions;
  /** Monotonic, in milliseconds. */
  readonly now: () => number;
  /** Called when an attempt has ended, before that is stored. */
  readonly onAttempt: (end: AttemptEnd) => void;
}

/** Carries an attempt out, and tells how long it took and how it ended. @throws as `work` does */
export async function measured(
  { payload }: Attempt,
  { definitions, now, onAttempt }: AttemptMeasure,
  work: () => Promise<Outcome>,
): Promise<Outcome> {
  const began = now();
  let outcome: AttemptEnd['outcome'] = 'given_up';
  try {
    const ended = await work();
    outcome = ended.status === 'queued' ? 'retried' : ended.status;
    return ended;
  } finally {
    onAttempt({ task: definitions.nameOf(payload), outcome, seconds: (now() - began) / 1000 });
  }
}
