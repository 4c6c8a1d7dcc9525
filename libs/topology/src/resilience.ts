import { DEFAULT_POLICY } from '@balanza/proxy/policy';
import { z } from 'zod';
import { factor, flag, seconds, share, whole } from './fields.js';
import { knownMembers } from './known-members.js';

const { checks, drain, ejection, limits, retry, shedding, slowStart } = DEFAULT_POLICY;
const MS = 1000;

/** How a backend is asked whether it works: by a request · by a connection · not at all. */
export const healthCheck = z.enum(['http', 'tcp', 'off'], 'must be http, tcp or off');

/** What an HTTP check asks for. */
export const healthPath = z
  .string('must be text')
  .regex(/^\/[\x21-\x7e]{0,2047}$/, 'must be a path that begins with /, such as /health/ready');

/** Times in seconds. */
const health = knownMembers({
  check: healthCheck.optional(),
  path: healthPath.optional(),
  interval: seconds(0.1, 3600).default(2),
  fastInterval: seconds(0.1, 3600).default(0.4),
  timeout: seconds(0.01, 600).default(1),
  signOfLife: flag().default(false),
  fall: whole(1, 100).default(checks.fall),
  rise: whole(1, 100).default(checks.rise),
  jitter: share().default(0.1),
});

const ejecting = knownMembers({
  enabled: flag().default(ejection.enabled),
  consecutiveErrors: whole(1, 10_000).default(ejection.consecutiveErrors),
  errorShare: share().default(ejection.errorShare),
  minimumRequests: whole(1, 1_000_000).default(ejection.minimumRequests),
  window: seconds(1, 3600).default(ejection.windowMs / MS),
  base: seconds(0.1, 86_400).default(ejection.baseMs / MS),
  max: seconds(0.1, 86_400).default(ejection.maxMs / MS),
  relayedErrors: flag().default(ejection.relayedErrors),
  maxShare: share().default(ejection.maxShare),
});

const slowStarting = knownMembers({
  window: seconds(0, 3600).default(slowStart.windowMs / MS),
  aggression: factor(0.1, 10).default(slowStart.aggression),
  minWeight: share().default(slowStart.minWeight),
});

const retrying = knownMembers({
  max: whole(0, 10).default(retry.max),
  budgetShare: share().default(retry.budgetShare),
  budgetMinimum: whole(0, 10_000).default(retry.budgetMinimum),
  budgetMaximum: whole(0, 1_000_000).default(retry.budgetMaximum),
  /** For the lab's own apps they differ from balancer to balancer: {@link RetryDefaults}. */
  perTryTimeout: seconds(0, 3600).optional(),
  replayBytes: whole(0, 16_777_216).optional(),
  replayTotalBytes: whole(0, 1_073_741_824).default(retry.replayTotalBytes),
  statuses: z
    .array(whole(500, 599), 'must be a list of statuses, such as [502, 503, 504]')
    .default([...retry.statuses]),
  refusals: flag().optional(),
}).superRefine(({ budgetMinimum, budgetMaximum }, context) => {
  if (budgetMaximum >= budgetMinimum) return;
  const message = `must be at least budgetMinimum, which is ${budgetMinimum}`;
  context.addIssue({ code: 'custom', path: ['budgetMaximum'], message, input: budgetMaximum });
});

const limiting = knownMembers({
  maxInFlight: whole(1, 100_000).default(limits.maxInFlight),
  queueLength: whole(0, 100_000).default(limits.queueLength),
  queueWait: seconds(0, 600).default(limits.queueWaitMs / MS),
});

const shed = knownMembers({
  enabled: flag().default(shedding.enabled),
  threshold: share(0.01).default(shedding.threshold),
  aggression: factor(0.1, 10).default(shedding.aggression),
  window: seconds(1, 3600).default(shedding.windowMs / MS),
  minimumPerSecond: whole(0, 1_000_000).default(shedding.minimumPerSecond),
  maxProbability: share().default(shedding.maxProbability),
});

const sticky = knownMembers({
  enabled: flag().default(false),
  cookie: z
    .string('must be text')
    .regex(/^[\w!#$%&'*+.^`|~-]{1,100}$/, "must be a cookie's name: letters, digits and !#$%&'*+.^_`|~-")
    .default('balanza_backend'),
  maxAge: whole(0, 34_560_000).default(0),
  secure: flag().default(false),
});

const draining = knownMembers({ tunnelTimeout: seconds(0, 86_400).default(drain.tunnelMs / MS) });

const dns = knownMembers({ interval: seconds(0, 86_400).default(5) });

/** How a balancer treats its backends, by what it is about; times in seconds. What is not named has its default. */
export const resilienceGroups = {
  health: health.prefault({}),
  ejection: ejecting.prefault({}),
  slowStart: slowStarting.prefault({}),
  retry: retrying.prefault({}),
  limits: limiting.prefault({}),
  shedding: shed.prefault({}),
  sticky: sticky.prefault({}),
  drain: draining.prefault({}),
  dns: dns.prefault({}),
};
const resilience = knownMembers(resilienceGroups);
type Named = z.output<typeof resilience>;
type Decided<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> };

/** {@link resilienceGroups} with everything decided. */
export interface Resilience extends Omit<Named, 'health' | 'retry'> {
  readonly health: Decided<Named['health']>;
  readonly retry: Decided<Named['retry']>;
}

/** What a balancer does about retries where its file does not say. */
export interface RetryDefaults {
  /** Of the lab's own apps; how long others may take for a request only their operator knows. */
  readonly perTryTimeout: number;
  readonly replayBytes?: number;
  readonly refusals?: boolean;
}

/** What the lab's own apps answer checks at. */
const OWN_HEALTH_PATH = '/health/ready';

/**
 * Decides what a file left open: the lab's own apps and whoever has a path are checked over HTTP, anybody else's by a TCP
 * connection, since nobody knows what they would answer.
 */
export function resolveResilience(
  named: Named = resilience.parse({}),
  defaults: { readonly ownApps: boolean; readonly retry: RetryDefaults },
): Resilience {
  const { path, check = defaults.ownApps || path !== undefined ? 'http' : 'tcp' } = named.health;
  const {
    perTryTimeout = defaults.ownApps ? defaults.retry.perTryTimeout : retry.perTryTimeoutMs / MS,
    replayBytes = defaults.retry.replayBytes ?? retry.replayBytes,
    refusals = defaults.retry.refusals ?? retry.refusals,
  } = named.retry;
  return {
    health: { ...named.health, check, path: path ?? OWN_HEALTH_PATH },
    ejection: named.ejection,
    slowStart: named.slowStart,
    retry: { ...named.retry, perTryTimeout, replayBytes, refusals },
    limits: named.limits,
    shedding: named.shedding,
    sticky: named.sticky,
    drain: named.drain,
    dns: named.dns,
  };
}
