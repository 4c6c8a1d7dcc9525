import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { AUTH_OPTIONS, type AuthOptions } from './auth-options.js';
import { claims, type Claims } from './claims.js';
import { hasKnownHeader } from './jose-header.js';

/**
 * Checks tokens: HS256 under the shared secret, in its time, with claims of the right types. The comparison of
 * signatures is jsonwebtoken's, which is timing safe.
 */
@Injectable()
export class TokenVerifier {
  constructor(
    private readonly jwt: JwtService,
    @Inject(AUTH_OPTIONS) private readonly options: AuthOptions,
  ) {}

  /** The claims of a valid token; undefined for any other. */
  async verify(token: string): Promise<Claims | undefined> {
    if (!hasKnownHeader(token)) return undefined;
    const payload = await this.jwt.verifyAsync(token, { algorithms: ['HS256'] }).catch(() => undefined);
    const { success, data } = claims.safeParse(payload);
    if (!success || (this.options.requireExpiry === true && data.exp === undefined)) return undefined;
    return data;
  }
}
