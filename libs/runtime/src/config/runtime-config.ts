import { z } from 'zod';
import { ConfigError } from '../errors.js';
import { flag, integer, port, seconds } from './fields.js';

/** Settings that every process has. */
export const runtimeConfig = z.object({
  NODE_ENV: z
    .enum(['development', 'test', 'production'], 'must be development, test or production')
    .default('development'),
  BALANZA_CONFIG: z.string().optional(),
  HOST: z.string().optional(),
  PORT: port().optional(),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'must be fatal, error, warn, info, debug, trace or silent',
    })
    .default('info'),
  LOG_FORMAT: z.enum(['pretty', 'json'], 'must be pretty or json').optional(),
  ACCESS_LOG: flag().default(false),
  BODY_LIMIT: integer({ min: 1, max: 1_073_741_824 }).default(1_048_576),
  SHUTDOWN_TIMEOUT: seconds({ max: 3600 }).default(8),
  SERVICE_TOKEN: z.string().optional(),
});
export type RuntimeConfig = z.output<typeof runtimeConfig>;

/** Shortest secret, in bytes, that production takes: as long as the output of SHA-256 (RFC 7518 §3.2). */
export const MIN_SECRET_BYTES = 32;

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/**
 * Refuses what would be unsafe in production.
 *
 * @throws ConfigError when an internal service would listen beyond loopback without `SERVICE_TOKEN`, or when the
 * token is shorter than {@link MIN_SECRET_BYTES}.
 */
export function assertProductionSafe(config: RuntimeConfig, host: string, internal: boolean): void {
  if (config.NODE_ENV !== 'production') return;
  if (config.SERVICE_TOKEN !== undefined) {
    assertStrongSecret('SERVICE_TOKEN', config.SERVICE_TOKEN);
  } else if (internal && !LOOPBACK.test(host)) {
    throw new ConfigError(
      `HOST=${host}: this is an internal service; in production it listens beyond loopback only with ` +
        `SERVICE_TOKEN set to a secret of at least ${MIN_SECRET_BYTES} bytes, the same in every process`,
    );
  }
}

/** @throws ConfigError when `secret` is shorter than {@link MIN_SECRET_BYTES}. */
export function assertStrongSecret(name: string, secret: string): void {
  if (Buffer.byteLength(secret) >= MIN_SECRET_BYTES) return;
  throw new ConfigError(
    `${name} must have at least ${MIN_SECRET_BYTES} bytes in production; make one with: openssl rand -base64 48`,
  );
}
