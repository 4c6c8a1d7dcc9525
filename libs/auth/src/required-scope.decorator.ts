import { Reflector } from '@nestjs/core';
import type { Claims } from './claims.js';

/** On a controller or a route behind `BearerGuard`: the scope that the token must have. */
export const RequiredScope = Reflector.createDecorator<string>();

/** Whether the token has `scope`; its claim `scope` is a list separated by spaces (RFC 8693 §4.2). */
export function hasScope({ scope: granted }: Claims, scope: string): boolean {
  return typeof granted === 'string' && granted.split(' ').includes(scope);
}
