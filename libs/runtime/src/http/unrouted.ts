import { NotFoundException } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import createRouter, { type HTTPMethod } from 'find-my-way';
import { pathOf } from './request-path.js';

/**
 * Answers what has no route, whatever its body: 404 where the path is unknown, and 405 with `Allow` (RFC 9110 §15.5.6)
 * where it is known and the method is not. Fastify itself answers 404 to both, and only once it could parse the body, so
 * this keeps a second, tiny routing table: path → methods.
 */
export function answerUnrouted(server: FastifyInstance, maxParamLength: number): void {
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
    if (!request.is404) return done();
    const methods: unknown = routes.find('GET', pathOf(request.url))?.store;
    if (!(methods instanceof Set)) return done(new NotFoundException());
    const allow = [...(methods as Set<string>)].toSorted((a, b) => a.localeCompare(b)).join(', ');
    void reply
      .code(405)
      .header('allow', allow)
      .send({ error: `${request.method} is not allowed here; use ${allow}` });
  });
}
