import type { ProxiedBackend } from '../proxied-backend.js';
import type { SlowStartPolicy } from './policy.js';

/** Of whoever is not out. */
const LEAST_SHARE = 0.001;

/**
 * Tells each of `backends` what part of its usual load it is to have: less in slow start, and nothing while it is out. It is relative to
 * the others, as all may have just come back.
 */
export function tellShares(
  backends: readonly ProxiedBackend[],
  now: () => number,
  slowStart: SlowStartPolicy,
): void {
  let best = 0;
  for (const backend of backends) {
    backend.share = backend.health.isFine ? 1 : shareOf(backend, now(), slowStart);
    best = Math.max(best, backend.share);
  }
  if (best > 0 && best < 1) for (const backend of backends) backend.share /= best;
}

function shareOf({ health }: ProxiedBackend, now: number, slowStart: SlowStartPolicy): number {
  health.refresh(now, slowStart);
  return health.state === 'up' ? Math.max(health.share(now, slowStart), LEAST_SHARE) : 0;
}
