import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Claims } from './claims.js';

/** A request as `BearerGuard` leaves it; with any platform's request type. */
export interface AuthenticatedRequest {
  readonly headers: { readonly authorization?: string | undefined };
  /** The claims of the token, where Nest's own examples keep them too. */
  user?: Claims;
}

/** A controller parameter: the {@link Claims} of the token that the request was let through with. */
export const CurrentUser = createParamDecorator((_data: unknown, context: ExecutionContext): Claims => {
  const { user } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (user === undefined) throw new Error('@CurrentUser() is used on a route without BearerGuard');
  return user;
});
