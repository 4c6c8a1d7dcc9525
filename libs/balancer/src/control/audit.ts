import type { BalancingState, WantedBackend } from './balancing-state.js';

/** Who changed something: a token's subject, or the file. */
export interface Author {
  readonly by: string;
}

/** What differs between two states, for the audit log: each side has only what the other has not. */
export function differences(before: BalancingState, after: BalancingState) {
  const strategies =
    JSON.stringify(before.strategy) === JSON.stringify(after.strategy)
      ? undefined
      : { before: { strategy: before.strategy }, after: { strategy: after.strategy } };
  return {
    before: { ...strategies?.before, backends: without(before.backends, after.backends) },
    after: { ...strategies?.after, backends: without(after.backends, before.backends) },
  };
}

function without(backends: readonly WantedBackend[], others: readonly WantedBackend[]): WantedBackend[] {
  const known = new Set(others.map((backend) => JSON.stringify(backend)));
  return backends.filter((backend) => !known.has(JSON.stringify(backend)));
}
