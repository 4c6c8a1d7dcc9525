import { createSecretKey } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import { parseDuration } from './duration.ts';

/** What a token is to say, and the secret that makes it believable. */
export interface MintOptions {
  /** The secret that the gateways check tokens with (`JWT_SECRET`). */
  readonly secret: string;
  /** Whom the token speaks of; the claim `sub`. */
  readonly subject?: string | undefined;
  /** Seconds, or a text such as `15m`, `1h`, `7d`; without it the token never expires. */
  readonly expiresIn?: number | string | undefined;
  /** Further claims. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Makes a token that `BearerGuard` takes.
 *
 * @throws RangeError when the secret is empty, or `expiresIn` is not a duration
 */
export async function mintToken({ secret, subject, expiresIn, claims = {} }: MintOptions): Promise<string> {
  if (secret === '') throw new RangeError('The secret to sign the token with is empty');
  const seconds = typeof expiresIn === 'string' ? parseDuration(expiresIn) : expiresIn;
  return new JwtService({ secret: createSecretKey(secret, 'utf8') }).signAsync(
    { ...claims, ...(subject === undefined ? {} : { sub: subject }) },
    { algorithm: 'HS256', ...(seconds === undefined ? {} : { expiresIn: seconds }) },
  );
}
