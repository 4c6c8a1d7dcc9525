import { DEVELOPMENT_SECRET } from '@balanza/auth';
import { fields } from '@balanza/runtime';
import { z } from 'zod';

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
  /** The services behind a gateway; by default where the topology has them. */
  CACHE_URL: fields.httpUrl().optional(),
  DATABASE_SERVICE_URL: fields.httpUrl().optional(),
  MICROSERVICES_URL: fields.httpUrl().optional(),
  WORKERS_URL: fields.httpUrl().optional(),
});
export type GatewayConfig = z.output<typeof gatewayConfig>;
