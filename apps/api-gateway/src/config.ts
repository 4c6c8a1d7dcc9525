import { DEVELOPMENT_SECRET } from '@balanza/auth';
import { EVENT_STREAMS_DEFAULTS, fields } from '@balanza/runtime';
import { z } from 'zod';

/** Fewest and most bytes of events that wait for clients: a task in its longest form, and 1 GiB. */
const MIN_EVENT_BYTES = 4_194_304;
const MAX_EVENT_BYTES = 1_073_741_824;

/** Environment variables of a gateway. */
export const gatewayConfig = z.object({
  /** Key of the tokens' signatures. */
  JWT_SECRET: z.string().min(1).default(DEVELOPMENT_SECRET),
  /** Whether a token without `exp` is refused; true in production unless set. */
  JWT_REQUIRE_EXP: fields.flag().optional(),
  /** Status of both auth errors. */
  AUTH_FAILURE_STATUS: z
    .enum(['401', '403'], 'must be 401 or 403')
    .default('403')
    .transform((status) => (status === '401' ? 401 : 403)),
  /** Seconds that data read from the database is served from the cache. */
  DATA_TTL: fields.seconds({ min: 0.001, max: 31_536_000 }).default(30),
  /** Seconds that a request waits for the cache before it goes on without it. */
  CACHE_TIMEOUT: fields.seconds({ min: 0.01, max: 60 }).default(0.25),
  /** Seconds that a request waits for the service behind it. */
  UPSTREAM_TIMEOUT: fields.seconds({ min: 0.01, max: 600 }).default(10),
  /** Most event streams at once; further ones are answered 503. */
  EVENT_STREAM_LIMIT: fields.integer({ min: 0, max: 100_000 }).default(EVENT_STREAMS_DEFAULTS.maxStreams),
  /** Most bytes of events that wait for clients to take them, each event counted once; further streams are answered 503. */
  EVENT_STREAM_BYTES: fields
    .integer({ min: MIN_EVENT_BYTES, max: MAX_EVENT_BYTES })
    .default(EVENT_STREAMS_DEFAULTS.maxBytes),
  /** The services behind a gateway; by default where the topology has them. */
  CACHE_URL: fields.httpUrl().optional(),
  DATABASE_SERVICE_URL: fields.httpUrl().optional(),
  MICROSERVICES_URL: fields.httpUrl().optional(),
  WORKERS_URL: fields.httpUrl().optional(),
});
export type GatewayConfig = z.output<typeof gatewayConfig>;
