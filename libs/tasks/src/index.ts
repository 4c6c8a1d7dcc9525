export type { Accepted } from './admission.js';
export type { AttemptEnd } from './attempt-end.js';
export type { Attempt, AttemptId, Outcome } from './attempt.js';
export type { AttemptFailure } from './attempt-outcome.js';
export { currentAttempt } from './attempt-context.js';
export { CleanUp, DEFAULT_RETENTION } from './clean-up.js';
export type { CleanUpOptions, Retention } from './clean-up.js';
export {
  AttemptLostError,
  IdempotencyConflictError,
  PermanentTaskError,
  QueueFullError,
  RunnerNotReadyError,
  TimeLimitError,
  TooManyWatchersError,
} from './errors.js';
export type { StuckHandler } from './late-handlers.js';
export { LEASE_MS, LeaseStore } from './lease-store.js';
export { DEFAULT_MAX_LOSSES } from './losses.js';
export { migrate } from './migrate.js';
export { migrateOnceReachable } from './migrate-once-reachable.js';
export type { ReachOptions } from './migrate-once-reachable.js';
export { OrphanStore } from './orphan-store.js';
export type { Adopted } from './orphan-store.js';
export { DEFAULT_RETRY_DELAY } from './retry-delay.js';
export type { RetryDelay } from './retry-delay.js';
export { TaskDefinitions } from './task-definition.js';
export type { TaskContext, TaskDefinition } from './task-definition.js';
export { DEFAULT_MAX_WATCHERS, TaskEvents } from './task-events.js';
export type { TaskEventsOptions } from './task-events.js';
export type { TaskState } from './task-states.js';
export { TaskRunner } from './task-runner.js';
export { TASK_RUNNER_DEFAULTS } from './task-runner-options.js';
export type { TaskRunnerOptions } from './task-runner-options.js';
export { TaskStore } from './task-store.js';
export type { Change, FinalStatus } from './task-store.js';
export { WorkStore } from './work-store.js';
export type { WorkerIdentity } from './worker-identity.js';
