import { eventsUrl } from '@balanza/contracts';
import {
  DEFAULT_BODY_LIMITS,
  DEFAULT_CLIENT_LIMITS,
  DEFAULT_LIMITS,
  DEFAULT_MAX_CONNECTIONS,
  DEFAULT_TIMEOUTS,
  type BodyLimits,
  type MessageLimits,
  type Timeouts,
} from '@balanza/proxy';
import { fields } from '@balanza/runtime';
import {
  balancerMode,
  healthCheck,
  healthPath,
  strategyName,
  strategyOf,
  type BalancerTopology,
} from '@balanza/topology';
import { z } from 'zod';
import { trustedProxies } from './plane/trusted-proxies.js';

const timeout = (milliseconds: number) =>
  fields.seconds({ min: 0.01, max: 86_400 }).default(milliseconds / 1000);

const headBytes = (bytes: number) => fields.integer({ min: 1_024, max: 131_072 }).default(bytes);
const headFields = (count: number) => fields.integer({ min: 10, max: 1_000 }).default(count);

/** Environment variables of a balancer; those without a default replace values of the topology, or are secrets. */
export const balancerConfig = z.object({
  BALANCER_STRATEGY: strategyName.optional(),
  BALANCER_MODE: balancerMode.optional(),
  BALANCER_THREADS: fields.integer({ min: 1, max: 64 }).optional(),
  MAX_IN_FLIGHT: fields.integer({ min: 1, max: 100_000 }).optional(),
  QUEUE_LENGTH: fields.integer({ min: 0, max: 100_000 }).optional(),
  QUEUE_TIMEOUT: fields.seconds({ min: 0, max: 600 }).optional(),
  RETRIES: fields.integer({ min: 0, max: 10 }).optional(),
  TRY_TIMEOUT: fields.seconds({ min: 0, max: 3600 }).optional(),
  SLOW_START: fields.seconds({ min: 0, max: 3600 }).optional(),
  HEALTH_CHECK: healthCheck.optional(),
  HEALTH_PATH: healthPath.optional(),
  STICKY_SECRET: z.string().optional(),
  JWT_SECRET: z.string().optional(),
  JWT_REQUIRE_EXP: fields.flag().optional(),
  EVENTS_URL: eventsUrl.optional(),
  MAX_CONNECTIONS: fields.integer({ min: 1, max: 1_000_000 }).default(DEFAULT_MAX_CONNECTIONS),
  TRUSTED_PROXIES: trustedProxies().default([]),
  PROXY_NAME: z
    .string()
    .regex(
      /^[A-Za-z][\w.-]{0,63}$/,
      'must be a letter and up to 63 more letters, digits, dots, hyphens or underscores',
    )
    .optional(),
  SERVED_BY: fields.flag().default(false),
  CLIENT_CONNECTIONS: fields.integer({ min: 0, max: 1_000_000 }).default(DEFAULT_CLIENT_LIMITS.connections),
  CLIENT_IN_FLIGHT: fields.integer({ min: 0, max: 1_000_000 }).default(DEFAULT_CLIENT_LIMITS.requests),
  CLIENT_HEAD_TIMEOUT: timeout(DEFAULT_TIMEOUTS.clientHead),
  CLIENT_IDLE_TIMEOUT: timeout(DEFAULT_TIMEOUTS.clientIdle),
  CLIENT_BODY_RATE: fields.integer({ min: 0, max: 1_000_000_000 }).default(DEFAULT_BODY_LIMITS.minRate),
  CLIENT_BODY_GRACE: timeout(DEFAULT_BODY_LIMITS.graceMs),
  BODY_BUFFER: fields.integer({ min: 0, max: 1_048_576 }).default(DEFAULT_BODY_LIMITS.bufferBytes),
  BODY_BUFFER_TOTAL: fields
    .integer({ min: 0, max: 1_073_741_824 })
    .default(DEFAULT_BODY_LIMITS.bufferTotalBytes),
  OPEN_BODY_PERCENT: fields.integer({ min: 1, max: 100 }).default(DEFAULT_BODY_LIMITS.placeShare * 100),
  CLIENT_STALL_TIMEOUT: timeout(DEFAULT_TIMEOUTS.clientStall),
  CLIENT_KEEP_ALIVE: timeout(DEFAULT_TIMEOUTS.clientKeepAlive),
  CONNECT_TIMEOUT: timeout(DEFAULT_TIMEOUTS.connect),
  BACKEND_HEAD_TIMEOUT: timeout(DEFAULT_TIMEOUTS.backendHead),
  BACKEND_IDLE_TIMEOUT: timeout(DEFAULT_TIMEOUTS.backendIdle),
  BACKEND_KEEP_ALIVE: timeout(DEFAULT_TIMEOUTS.backendKeepAlive),
  TUNNEL_IDLE_TIMEOUT: timeout(DEFAULT_TIMEOUTS.tunnelIdle),
  HEAD_LIMIT: headBytes(DEFAULT_LIMITS.headBytes),
  FIELD_LIMIT: headFields(DEFAULT_LIMITS.fields),
  TARGET_LIMIT: fields.integer({ min: 64, max: 131_072 }).default(DEFAULT_LIMITS.targetBytes),
  RESPONSE_HEAD_LIMIT: headBytes(DEFAULT_LIMITS.responseHeadBytes),
  RESPONSE_FIELD_LIMIT: headFields(DEFAULT_LIMITS.responseFields),
});
export type BalancerConfig = z.output<typeof balancerConfig>;

/** What the environment names goes before the topology. */
export function applyConfig(topology: BalancerTopology, config: BalancerConfig): BalancerTopology {
  const { health, limits, retry, slowStart } = topology;
  const { BALANCER_STRATEGY, HEALTH_PATH } = config;
  return {
    ...topology,
    strategy: BALANCER_STRATEGY === undefined ? topology.strategy : strategyOf(BALANCER_STRATEGY),
    mode: config.BALANCER_MODE ?? topology.mode,
    threads: config.BALANCER_THREADS ?? topology.threads,
    health: {
      ...health,
      path: HEALTH_PATH ?? health.path,
      check: config.HEALTH_CHECK ?? (HEALTH_PATH === undefined ? health.check : 'http'),
    },
    limits: {
      maxInFlight: config.MAX_IN_FLIGHT ?? limits.maxInFlight,
      queueLength: config.QUEUE_LENGTH ?? limits.queueLength,
      queueWait: config.QUEUE_TIMEOUT ?? limits.queueWait,
    },
    retry: {
      ...retry,
      max: config.RETRIES ?? retry.max,
      perTryTimeout: config.TRY_TIMEOUT ?? retry.perTryTimeout,
    },
    slowStart: { ...slowStart, window: config.SLOW_START ?? slowStart.window },
  };
}

/** The timeouts in the unit of the data plane. */
export function timeoutsOf(config: BalancerConfig): Timeouts {
  return {
    clientHead: config.CLIENT_HEAD_TIMEOUT * 1000,
    clientIdle: config.CLIENT_IDLE_TIMEOUT * 1000,
    clientStall: config.CLIENT_STALL_TIMEOUT * 1000,
    clientKeepAlive: config.CLIENT_KEEP_ALIVE * 1000,
    connect: config.CONNECT_TIMEOUT * 1000,
    backendHead: config.BACKEND_HEAD_TIMEOUT * 1000,
    backendIdle: config.BACKEND_IDLE_TIMEOUT * 1000,
    backendKeepAlive: config.BACKEND_KEEP_ALIVE * 1000,
    tunnelIdle: config.TUNNEL_IDLE_TIMEOUT * 1000,
  };
}

/** What is asked of bodies, in the unit of the data plane. */
export function bodyLimitsOf(config: BalancerConfig): BodyLimits {
  return {
    minRate: config.CLIENT_BODY_RATE,
    graceMs: config.CLIENT_BODY_GRACE * 1000,
    bufferBytes: config.BODY_BUFFER,
    bufferTotalBytes: config.BODY_BUFFER_TOTAL,
    placeShare: config.OPEN_BODY_PERCENT / 100,
  };
}

/** What the heads of messages may have. */
export function messageLimitsOf(config: BalancerConfig): Partial<MessageLimits> {
  return {
    headBytes: config.HEAD_LIMIT,
    fields: config.FIELD_LIMIT,
    targetBytes: config.TARGET_LIMIT,
    responseHeadBytes: config.RESPONSE_HEAD_LIMIT,
    responseFields: config.RESPONSE_FIELD_LIMIT,
  };
}
