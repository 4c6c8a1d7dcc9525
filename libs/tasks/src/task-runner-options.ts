import type { AttemptFailure } from './attempt-outcome.js';
import type { StuckHandler } from './late-handlers.js';
import type { AttemptEnd } from './attempt-end.js';
import type { LeaseStore } from './lease-store.js';
import type { OrphanStore } from './orphan-store.js';
import { DEFAULT_RETRY_DELAY, type RetryDelay } from './retry-delay.js';
import type { TaskDefinitions } from './task-definition.js';
import type { WorkStore } from './work-store.js';

/** What a `TaskRunner` runs, and how much of it. */
export interface TaskRunnerOptions {
  readonly work: WorkStore;
  readonly leases: LeaseStore;
  readonly orphans: OrphanStore;
  /** This process. */
  readonly instance: string;
  readonly definitions: TaskDefinitions;
  /** Most tasks that run at once. */
  readonly concurrency?: number;
  /** Most tasks that wait here, and most that all workers have in hand together. */
  readonly maxQueued?: number;
  readonly maxTotal?: number;
  /** How often a task that failed is tried again, after how long, and how long an attempt may take, in seconds. */
  readonly retries?: number;
  readonly retryDelay?: RetryDelay;
  readonly timeLimitS?: number;
  /** Called when `TaskRunner.activeTasks` may have changed. */
  readonly onChange?: () => void;
  /** Called when a task has changed in the store. */
  readonly onTask?: (taskId: string) => void;
  /** Called when the failure of an attempt has been stored, for a log. */
  readonly onFailedAttempt?: (failure: AttemptFailure) => void;
  /**
   * Called, for a log, when a handler is still at work so many milliseconds after its attempt has ended, and when it then ends
   * after all. It keeps its place until then.
   */
  readonly onStuck?: (handler: StuckHandler) => void;
  readonly stuckAfterMs?: number;
  /** Called when an attempt has ended, before that is stored. */
  readonly onAttempt?: (end: AttemptEnd) => void;
  /** Called when the store stops working, with the reason, and without one when it works again. */
  readonly onStoreState?: (problem?: string) => void;
  /** Monotonic, in milliseconds. */
  readonly now?: () => number;
  /** From 0 to 1. */
  readonly random?: () => number;
}

/** What is done unless told otherwise; see {@link TaskRunnerOptions}. */
export const TASK_RUNNER_DEFAULTS = {
  concurrency: 10,
  maxQueued: 10_000,
  maxTotal: 100_000,
  retries: 5,
  retryDelay: DEFAULT_RETRY_DELAY,
  timeLimitS: 3_600,
  stuckAfterMs: 5_000,
} as const;

/** All of the options, with what is done unless told otherwise. */
export function withDefaults(options: TaskRunnerOptions): Required<TaskRunnerOptions> {
  return {
    ...TASK_RUNNER_DEFAULTS,
    onChange: () => undefined,
    onAttempt: () => undefined,
    onTask: () => undefined,
    onFailedAttempt: () => undefined,
    onStuck: () => undefined,
    onStoreState: () => undefined,
    now: () => performance.now(),
    random: Math.random,
    ...options,
  };
}
