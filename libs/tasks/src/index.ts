export { QueueFullError, RunnerNotReadyError } from './errors.js';
export { migrate } from './migrate.js';
export { migrateOnceReachable } from './migrate-once-reachable.js';
export type { ReachOptions } from './migrate-once-reachable.js';
export { DEFAULT_CONCURRENCY, DEFAULT_MAX_QUEUED, TaskRunner } from './task-runner.js';
export type { TaskRunnerOptions } from './task-runner.js';
export { TaskStore } from './task-store.js';
export type { Attempt, Outcome } from './task-store.js';
