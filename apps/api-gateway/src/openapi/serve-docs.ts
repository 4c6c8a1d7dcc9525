import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import { createDocument } from './document.js';

export const DOCS_PATH = '/docs';

/** Serves Swagger UI at {@link DOCS_PATH} and the document at `/docs-json`; built when somebody first asks for it. */
export function serveDocs(app: NestFastifyApplication, documented: Type, failureStatus: 401 | 403): void {
  SwaggerModule.setup(DOCS_PATH, app, () => createDocument(app, documented, failureStatus), {
    raw: ['json'],
    customSiteTitle: 'Balanza API gateway',
    swaggerOptions: {
      persistAuthorization: true,
      tryItOutEnabled: true,
      // Otherwise it asks a server on the internet whether the document is valid.
      validatorUrl: null,
    },
  });
}
