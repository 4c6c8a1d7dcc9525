import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { BalancerModule } from '../balancer.module.js';
import { ControlPlane } from '../control/control-plane.js';
import { ADMIN_SCHEME } from './admin-only.decorator.js';
import { withRequestExamples } from './request-examples.js';

export const CONTROL_DOCS_PATH = '/-/docs';

/** Serves Swagger UI of the control API at {@link CONTROL_DOCS_PATH}; built when somebody first asks for it. */
export function serveControlDocs(app: NestFastifyApplication): void {
  SwaggerModule.setup(CONTROL_DOCS_PATH, app, () => createDocument(app), {
    raw: ['json'],
    jsonDocumentUrl: `${CONTROL_DOCS_PATH}-json`,
    customSiteTitle: 'Balanza balancer',
    patchDocumentOnRequest: (_request, _response, document) =>
      withRequestExamples(document, app.get(ControlPlane)),
    swaggerOptions: {
      // A token that may change the balancer is not left behind in the browser.
      persistAuthorization: false,
      tryItOutEnabled: true,
      // Otherwise it asks a server on the internet whether the document is valid.
      validatorUrl: null,
    },
  });
}

function createDocument(app: NestFastifyApplication): OpenAPIObject {
  const options = new DocumentBuilder()
    .setTitle('Balanza balancer')
    .setDescription(
      'Every route under `/-/api` needs a bearer token with the scope `balancer:admin`. Press *Authorize* and paste one; ' +
        '`npm run token -- --scope balancer:admin` mints it.',
    )
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, ADMIN_SCHEME)
    .build();
  return SwaggerModule.createDocument(app, options, { autoTagControllers: false, include: [BalancerModule] });
}
