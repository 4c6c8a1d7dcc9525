export { Ledger } from './accounting/ledger.js';
export type { LedgerShape } from './accounting/ledger.js';
export { placesFor } from './accounting/shared-cells.js';
export type { SharedCells, Slotted } from './accounting/shared-cells.js';
export type { SpinLock } from './accounting/spin-lock.js';
export { DURATION_BUCKETS, DURATIONS } from './accounting/tally.js';
export type { DurationName, Totals } from './accounting/tally.js';
export { DEFAULT_BODY_LIMITS } from './body-limits.js';
export type { BodyLimits } from './body-limits.js';
export { endpointOf } from './connection/addresses.js';
export { DEFAULT_CLIENT_LIMITS } from './connection/client-counts.js';
export type { ClientLimits } from './connection/client-counts.js';
export { DataPlane, DEFAULT_MAX_CONNECTIONS } from './connection/data-plane.js';
export type { ListenAddress } from './connection/listener.js';
export type { DataPlaneOptions } from './connection/data-plane-options.js';
export { openFileLimit, shareOpenFiles } from './connection/open-files.js';
export type { Exchange } from './connection/exchange.js';
export { FIELD } from './message/field-names.js';
export { DEFAULT_LIMITS } from './message/message-error.js';
export type { MessageLimits } from './message/message-error.js';
export type { RequestRecord } from './proxied-backend.js';
export { ProxiedBackend } from './proxied-backend.js';
export { BackendHealth } from './resilience/backend-health.js';
export type { HealthReason, HealthState } from './resilience/backend-health.js';
export { BackendPool } from './resilience/backend-pool.js';
export type { BackendPoolOptions } from './resilience/backend-pool.js';
export type { BackendMode, BalancingPlan, PlannedBackend, PlannedStrategy } from './resilience/plan.js';
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
export { changedPolicy, simplePlan } from './resilience/simple-plan.js';
export type { PolicyChanges, SimplePlan } from './resilience/simple-plan.js';
export { sharedNow, wallTime } from './shared-clock.js';
export { DEFAULT_TIMEOUTS } from './timeouts.js';
export type { Timeouts } from './timeouts.js';
