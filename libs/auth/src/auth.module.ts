import { createSecretKey } from 'node:crypto';
import { Module, type DynamicModule } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { AUTH_OPTIONS, type AuthOptions } from './auth-options.js';
import { BearerGuard } from './bearer.guard.js';
import { TokenVerifier } from './token-verifier.service.js';

/** What `@UseGuards(BearerGuard)` needs in the module of the controller. */
@Module({})
export class AuthModule {
  /** @throws RangeError when the secret is empty, which jsonwebtoken would take */
  static forRoot(options: AuthOptions): DynamicModule {
    if (options.secret === '') throw new RangeError('The secret that tokens are checked with is empty');
    return {
      module: AuthModule,
      // A key object, because with a string every check begins with an attempt to read it as PEM.
      imports: [JwtModule.register({ secret: createSecretKey(options.secret, 'utf8') })],
      providers: [{ provide: AUTH_OPTIONS, useValue: options }, TokenVerifier, BearerGuard],
      exports: [AUTH_OPTIONS, TokenVerifier, BearerGuard],
    };
  }
}
