import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { InsufficientScopeException, InvalidTokenException, MissingTokenException } from './errors.js';
import { AUTH_OPTIONS, type AuthOptions } from './auth-options.js';
import { tokenIn } from './bearer-token.js';
import type { AuthenticatedRequest } from './current-user.decorator.js';
import { hasScope, RequiredScope } from './required-scope.decorator.js';
import { TokenVerifier } from './token-verifier.service.js';

/**
 * Lets only requests with a valid bearer token through, which has the {@link RequiredScope} where there is one, and
 * leaves the token's claims in `request.user`.
 */
@Injectable()
export class BearerGuard implements CanActivate {
  constructor(
    private readonly verifier: TokenVerifier,
    @Inject(AUTH_OPTIONS) private readonly options: AuthOptions,
    private readonly reflector: Reflector,
  ) {}

  /** @throws MissingTokenException, InvalidTokenException or InsufficientScopeException */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const { authorization } = request.headers;
    const { failureStatus = 403 } = this.options;
    if (authorization === undefined || authorization === '') throw new MissingTokenException(failureStatus);
    const token = tokenIn(authorization);
    const claims = token === undefined ? undefined : await this.verifier.verify(token);
    if (claims === undefined) throw new InvalidTokenException(failureStatus);
    const scope = this.reflector.getAllAndOverride(RequiredScope, [context.getHandler(), context.getClass()]);
    if (scope !== undefined && !hasScope(claims, scope)) throw new InsufficientScopeException(scope);
    request.user = claims;
    return true;
  }
}
