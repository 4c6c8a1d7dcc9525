import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { isProbe } from './http/probe-routes.js';

/** The header in which one process of the system shows another the shared `SERVICE_TOKEN`. */
export const SERVICE_TOKEN_HEADER = 'x-balanza-service-token';

/** Whether `given` is the shared token; takes the same time wherever they differ. */
export function isServiceToken(token: string, given: unknown): boolean {
  return typeof given === 'string' && timingSafeEqual(digest(given), digest(token));
}

/** Answers 403 to whoever does not know the shared token; health and metrics stay open to probes. */
export function requireServiceToken(server: FastifyInstance, token: string): void {
  server.addHook('onRequest', (request, reply, done) => {
    if (isProbe(request) || isServiceToken(token, request.headers[SERVICE_TOKEN_HEADER])) return done();
    void reply
      .code(403)
      .send({ error: `This is an internal service: ${SERVICE_TOKEN_HEADER} is missing or wrong` });
  });
}

function digest(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
