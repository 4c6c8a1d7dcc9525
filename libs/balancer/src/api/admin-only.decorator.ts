import { BearerGuard, RequiredScope } from '@balanza/auth';
import { applyDecorators, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { ADMIN_SCOPE } from './control-auth.js';

/** The name of the security scheme that *Authorize* fills in. */
export const BEARER_SCHEME = 'bearer';

/** On a controller: only for tokens with the scope of whoever controls the balancer. */
export function AdminOnly(): ClassDecorator {
  return applyDecorators(
    ApiTags('control'),
    ApiBearerAuth(BEARER_SCHEME),
    RequiredScope(ADMIN_SCOPE),
    UseGuards(BearerGuard),
  );
}
