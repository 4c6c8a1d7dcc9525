import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';

/** The name of the security scheme that *Authorize* fills in. */
export const BEARER_SCHEME = 'bearer';

/**
 * The OpenAPI document of a gateway. It names no server, so requests go to wherever the document came from: a
 * gateway, or the balancer in front of them.
 *
 * @param documented the module whose routes are in it; health and metrics, which are for machines, are not
 * @param failureStatus status of the auth errors; routes are annotated with 403
 */
export function createDocument(
  app: NestFastifyApplication,
  documented: Type,
  failureStatus: 401 | 403,
): OpenAPIObject {
  const options = new DocumentBuilder()
    .setTitle('Balanza API gateway')
    .setDescription(
      'Every route needs a bearer token (HS256). Press *Authorize* and paste one; `npm run token` mints it.',
    )
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, BEARER_SCHEME)
    .build();
  const document = SwaggerModule.createDocument(app, options, {
    autoTagControllers: false,
    include: [documented],
  });
  return failureStatus === 403 ? document : withAuthStatus(document, failureStatus);
}

function withAuthStatus(document: OpenAPIObject, status: number): OpenAPIObject {
  for (const { get, post, delete: remove } of Object.values(document.paths)) {
    for (const operation of [get, post, remove]) {
      if (operation?.responses['403'] === undefined) continue;
      const { 403: refused, ...others } = operation.responses;
      operation.responses = { ...others, [status]: refused };
    }
  }
  return document;
}
