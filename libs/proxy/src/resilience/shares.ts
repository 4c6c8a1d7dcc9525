import type { ProxiedBackend } from '../proxied-backend.js';
import type { SlowStartPolicy } from './policy.js';

/** Of a backend that is not out. */
const LEAST_SHARE = 0.001;

/**
 * Tells each of `backends` what part of its usual load it is to have, for one request more: less in slow start, and nothing while it
 * is out or waits for its first check. It is relative to the others, as all may have just come back.
 *
 * Of that request a backend in slow start earns its part: of two others and itself at a share of 0.1 this is 0.1 / 2.1.
 *
 * @param weighted whether the strategy goes by weights
 */
export function tellShares(
  backends: readonly ProxiedBackend[],
  now: () => number,
  slowStart: SlowStartPolicy,
  weighted: boolean,
): void {
  let best = 0;
  let isAnyStarting = false;
  for (const backend of backends) {
    backend.share = backend.health.isFine ? 1 : shareOf(backend, now(), slowStart);
    best = Math.max(best, backend.share);
    if (backend.share !== 0 && backend.share !== 1) isAnyStarting = true;
  }
  // None is known to be well: those that wait for their first check are all there is.
  if (best === 0) for (const backend of backends) if (backend.health.state === 'up') backend.share = 1;
  if (!isAnyStarting) return;
  const loadOf = ({ weight, share }: ProxiedBackend) => (weighted ? weight * share : share);
  let whole = 0;
  for (const backend of backends) {
    backend.share /= best;
    whole += loadOf(backend);
  }
  for (const backend of backends) if (isStarting(backend)) backend.health.earnTurn(loadOf(backend) / whole);
}

/** Whether a backend is to have less than the others; as {@link tellShares} told it. */
export function isStarting({ share }: ProxiedBackend): boolean {
  return share > 0 && share < 1;
}

function shareOf({ health }: ProxiedBackend, now: number, slowStart: SlowStartPolicy): number {
  health.refresh(now, slowStart);
  return health.state === 'up' && !health.isUnverified
    ? Math.max(health.share(now, slowStart), LEAST_SHARE)
    : 0;
}
