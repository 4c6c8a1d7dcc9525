import { wallTime, type ProxiedBackend } from '@balanza/proxy';
import type { LastCheck } from '../health/health-checker.js';
import { quantileOf } from './percentile.js';

/** Decimals that a share and a duration are shown with. */
const DECIMALS = 4;

/** What is known of one backend, by those who know it. */
export interface StatusParts {
  readonly backend: ProxiedBackend;
  /** What the backend was found by, where that was a name. */
  readonly name: string | undefined;
  /** Which process it is, where it said so. */
  readonly instance: string | undefined;
  /** What the strategy itself keeps about it. */
  readonly inspected: Readonly<Record<string, number>> | undefined;
  /** Requests of all backends since the start. */
  readonly allRequests: number;
  /** Requests that wait for any of the backends to have room. */
  readonly queue: number;
  readonly lastCheck: LastCheck | undefined;
}

/** One backend, as `/status` and the control API show it; times are RFC 3339, durations seconds. */
export function statusOf({ backend, name, instance, inspected, allRequests, queue, lastCheck }: StatusParts) {
  const { health, mode } = backend;
  const { requests, errors, retries, durations } = backend.totals();
  const latency = (quantile: number) => rounded(quantileOf(durations.total.buckets, quantile));
  return {
    url: backend.url,
    ...(name === undefined ? {} : { name }),
    instance: instance ?? null,
    weight: backend.weight,
    ...inspected,
    active_connections: backend.activeConnections,
    in_flight: backend.inFlight,
    requests,
    errors,
    retries,
    share: rounded(allRequests === 0 ? 0 : requests / allRequests),
    queue,
    mode,
    state: health.state === 'up' && health.isUnverified ? 'unchecked' : health.state,
    reason: health.reason ?? null,
    since: timeOf(health.since),
    ejected_until: timeOf(health.ejectedUntil),
    latency: { p50: latency(0.5), p90: latency(0.9), p99: latency(0.99) },
    last_check: lastCheck === undefined ? null : shown(lastCheck),
  };
}

function shown({ at, ok, detail, durationMs }: LastCheck) {
  return { at: timeOf(at), ok, detail, duration: Math.round(durationMs) / 1000 };
}

/** @param ms of the clock that threads share; 0 for never */
function timeOf(ms: number): string | null {
  return ms === 0 ? null : new Date(wallTime(ms)).toISOString();
}

function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Number(value.toFixed(DECIMALS));
}
