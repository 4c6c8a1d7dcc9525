import { DEVELOPMENT_SECRET, type AuthOptions } from '@balanza/auth';
import { assertStrongSecret, type Logger, type RuntimeConfig } from '@balanza/runtime';
import type { BalancerConfig } from '../balancer.config.js';

/** The scope of tokens that may control a balancer. */
export const ADMIN_SCOPE = 'balancer:admin';

/**
 * How tokens of those who control the balancer are checked.
 *
 * @returns undefined where nobody may: in production without a secret
 * @throws ConfigError when production would run with a secret that can be guessed
 */
export function controlAuth(
  { NODE_ENV }: RuntimeConfig,
  { JWT_SECRET, JWT_REQUIRE_EXP }: BalancerConfig,
  logger: Pick<Logger, 'info'>,
): AuthOptions | undefined {
  const production = NODE_ENV === 'production';
  if (production && JWT_SECRET === undefined) {
    logger.info('There is no control API under /-/api: it needs JWT_SECRET');
    return undefined;
  }
  if (production && JWT_SECRET !== undefined) assertStrongSecret('JWT_SECRET', JWT_SECRET);
  return { secret: JWT_SECRET ?? DEVELOPMENT_SECRET, requireExpiry: JWT_REQUIRE_EXP ?? production };
}
