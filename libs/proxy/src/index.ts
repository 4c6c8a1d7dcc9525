export { Ledger } from './accounting/ledger.js';
export type { LedgerShape } from './accounting/ledger.js';
export { DURATION_BUCKETS, DURATIONS } from './accounting/tally.js';
export type { DurationName, Totals } from './accounting/tally.js';
export type { SpinLock } from './accounting/spin-lock.js';
export { DataPlane, DEFAULT_MAX_CONNECTIONS, DEFAULT_MAX_IN_FLIGHT } from './connection/data-plane.js';
export type { DataPlaneOptions } from './connection/data-plane.js';
export type { Exchange } from './connection/exchange.js';
export { FIELD } from './message/field-names.js';
export { DEFAULT_LIMITS } from './message/message-error.js';
export type { MessageLimits } from './message/message-error.js';
export type { RequestRecord } from './proxied-backend.js';
export { ProxiedBackend } from './proxied-backend.js';
export type { BackendMode, BalancingPlan, PlannedBackend } from './resilience/plan.js';
export { DEFAULT_POLICY } from './resilience/policy.js';
export type {
  ChecksPolicy,
  DrainPolicy,
  EjectionPolicy,
  LimitsPolicy,
  ResiliencePolicy,
  RetryPolicy,
  SheddingPolicy,
  SlowStartPolicy,
  StickyPolicy,
} from './resilience/policy.js';
export { DEFAULT_TIMEOUTS } from './timeouts.js';
export type { Timeouts } from './timeouts.js';
