import { Ledger } from '../accounting/ledger.js';
import type { BackendHealth } from '../resilience/backend-health.js';
import { DEFAULT_POLICY, type EjectionPolicy, type SlowStartPolicy } from '../resilience/policy.js';

/** The default settings, for tests of what they lead to. */
export const EJECTION: EjectionPolicy = DEFAULT_POLICY.ejection;
export const SLOW_START: SlowStartPolicy = { windowMs: 10_000, aggression: 1, minWeight: 0.1 };

/** The same memory as two threads see it. */
export function twoThreads(): readonly [Ledger, Ledger] {
  const shape = { capacity: 4, threads: 2 };
  const first = new Ledger(shape);
  return [first, new Ledger(shape, first.memory)];
}

/** The health of one backend, of which nothing is known yet. */
export function newHealth(): BackendHealth {
  return new Ledger({ capacity: 1, threads: 1 }).health(0);
}
