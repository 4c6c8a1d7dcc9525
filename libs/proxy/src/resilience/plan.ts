import type { ResiliencePolicy } from './policy.js';

/**
 * Whether a backend is given requests:
 * - `ready`: as long as it is healthy
 * - `drain`: no new ones; those in flight finish, and who was kept there by a cookie goes elsewhere
 * - `maintenance`: as `drain`, and it is not checked either
 */
export type BackendMode = 'ready' | 'drain' | 'maintenance';

/** One backend of a {@link BalancingPlan}. */
export interface PlannedBackend {
  /** `http://host:port` */
  readonly url: string;
  /** A positive whole number. */
  readonly weight: number;
  /**
   * Where its numbers are in the memory that the threads share, from 0. It keeps its slot as long as it is there; another
   * backend gets that slot only once nothing is in flight to the one before.
   */
  readonly slot: number;
  readonly mode: BackendMode;
}

/** A strategy of `@balanza/balancing` by name. */
export interface PlannedStrategy {
  readonly name: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** What strategies that hash do hash of a request, as `parseHashKey` reads it; `address` unless given. */
  readonly hashKey?: string;
}

/** What the main thread decides and every data plane does. Plain data that can be posted to threads. */
export interface BalancingPlan {
  /** Grows with each plan; an older plan that arrives late is ignored. */
  readonly version: number;
  readonly strategy: PlannedStrategy;
  readonly backends: readonly PlannedBackend[];
  readonly policy: ResiliencePolicy;
}
