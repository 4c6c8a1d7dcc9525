import type { ResiliencePolicy } from '@balanza/proxy';
import type { Resilience } from '@balanza/topology';

const MS = 1000;

/** How the data plane is to treat backends, in its own units. @param stickySecret signs the cookies of stickiness */
export function policyOf(settings: Resilience, stickySecret: string): ResiliencePolicy {
  const { health, ejection, slowStart, retry, limits, shedding, sticky, drain } = settings;
  const { window, base, max, ...ejecting } = ejection;
  const { perTryTimeout, ...retrying } = retry;
  const { window: shedWindow, ...shed } = shedding;
  const { cookie, maxAge, secure } = sticky;
  return {
    ejection: { ...ejecting, windowMs: window * MS, baseMs: base * MS, maxMs: max * MS },
    checks: { enabled: health.check !== 'off', fall: health.fall, rise: health.rise },
    slowStart: {
      windowMs: slowStart.window * MS,
      aggression: slowStart.aggression,
      minWeight: slowStart.minWeight,
    },
    retry: { ...retrying, perTryTimeoutMs: perTryTimeout * MS },
    limits: {
      maxInFlight: limits.maxInFlight,
      queueLength: limits.queueLength,
      queueWaitMs: limits.queueWait * MS,
    },
    shedding: { ...shed, windowMs: shedWindow * MS },
    ...(sticky.enabled ? { sticky: { cookie, secret: stickySecret, maxAgeSeconds: maxAge, secure } } : {}),
    drain: { tunnelMs: drain.tunnelTimeout * MS },
  };
}
