import { z } from 'zod';
import { ConfigError } from '../errors.js';
import { isLoopback } from '../http/hosts.js';
import { flag, integer, port, seconds } from './fields.js';
import { assertSecretsDiffer, assertStrongSecret, MIN_SECRET_BYTES } from './secrets.js';

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
  DRAIN_TIME: seconds({ max: 600 }).default(3),
  SHUTDOWN_TIMEOUT: seconds({ max: 3600 }).default(8),
  SERVICE_TOKEN: z.string().optional(),
});
export type RuntimeConfig = z.output<typeof runtimeConfig>;

/**
 * Refuses what would be unsafe in production.
 *
 * @param appConfig the settings of the app beside those that every process has
 * @throws ConfigError when an internal service would listen beyond loopback without `SERVICE_TOKEN`, when the token can be guessed,
 * or when one secret is used for two things
 */
export function assertProductionSafe(
  config: RuntimeConfig,
  appConfig: Readonly<Record<string, unknown>>,
  host: string,
  internal: boolean,
): void {
  if (config.NODE_ENV !== 'production') return;
  assertSecretsDiffer({ ...config, ...appConfig });
  if (config.SERVICE_TOKEN !== undefined) {
    assertStrongSecret('SERVICE_TOKEN', config.SERVICE_TOKEN);
  } else if (internal && !isLoopback(host)) {
    throw new ConfigError(
      `HOST=${host}: this is an internal service; in production it listens beyond loopback only with ` +
        `SERVICE_TOKEN set to a secret of at least ${MIN_SECRET_BYTES} bytes, the same in every process`,
    );
  }
}
