import type { FastifyInstance } from 'fastify';
import createRouter, { type HTTPMethod } from 'find-my-way';
import { pathOf } from './request-path.js';

/**
 * Answers 405 with `Allow` (RFC 9110 §15.5.6) where the path is known and the method is not.
 * Fastify itself answers 404 there, so this keeps a second, tiny routing table: path → methods.
 */
export function answerMethodNotAllowed(server: FastifyInstance, maxParamLength: number): void {
  const routes = createRouter({ maxParamLength });
  const methodsByPath = new Map<string, Set<string>>();

  server.addHook('onRoute', ({ url, method }) => {
    if (url.includes('*')) return;
    const known = methodsByPath.get(url);
    const methods = known ?? new Set();
    for (const name of [method].flat()) methods.add(name);
    if (known !== undefined) return;
    methodsByPath.set(url, methods);
    routes.on('GET' satisfies HTTPMethod, url, () => undefined, methods);
  });

  server.addHook('onRequest', (request, reply, done) => {
    const methods = request.is404 ? routes.find('GET', pathOf(request.url))?.store : undefined;
    if (!(methods instanceof Set)) return done();
    const allow = [...(methods as Set<string>)].toSorted((a, b) => a.localeCompare(b)).join(', ');
    void reply
      .code(405)
      .header('allow', allow)
      .send({ error: `${request.method} is not allowed here; use ${allow}` });
  });
}
