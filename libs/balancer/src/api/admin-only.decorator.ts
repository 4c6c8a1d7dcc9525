import { BearerGuard, RequiredScope } from '@balanza/auth';
import { applyDecorators, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { ADMIN_SCOPE } from './control-auth.js';

/**
 * The name of the security scheme that *Authorize* fills in. It is another than the gateways', whose Swagger UI a browser sees at the same
 * origin through 8000: they take other tokens.
 */
export const ADMIN_SCHEME = 'balancer-admin';

/** On a controller: only for tokens with the scope of whoever controls the balancer. */
export function AdminOnly(): ClassDecorator {
  return applyDecorators(
    ApiTags('control'),
    ApiBearerAuth(ADMIN_SCHEME),
    RequiredScope(ADMIN_SCOPE),
    UseGuards(BearerGuard),
  );
}
