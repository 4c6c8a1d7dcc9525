import { DEVELOPMENT_SECRET } from '@balanza/auth';

/** The secret that gateways check tokens with: theirs in development, unless the environment sets another. */
export function jwtSecret(): string {
  return process.env['JWT_SECRET'] || DEVELOPMENT_SECRET;
}
