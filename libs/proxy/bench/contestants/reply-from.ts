/** `@fastify/reply-from` on Fastify, the way `@fastify/http-proxy` uses it. */
import replyFrom from '@fastify/reply-from';
import { fastify } from 'fastify';
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { placeArguments } from './place-arguments.ts';

const { port, backend } = placeArguments();
const app = fastify({ logger: false, keepAliveTimeout: 75_000 });
app.register(replyFrom, {
  base: backend,
  undici: { connections: 1024, pipelining: 1 },
  disableRequestLogging: true,
});
// Bodies are passed on as they come.
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
app.all('/*', (request, reply) => {
  reply.from(request.url, {
    rewriteRequestHeaders: (_request, headers) => forwarded(headers, request.headers.host, request.ip),
  });
  return reply;
});
await app.listen({ port, host: '127.0.0.1', backlog: 4096 });

/** reply-from hands over a copy that is for the backend alone. */
function forwarded(
  headers: IncomingHttpHeaders,
  host: string | undefined,
  address: string,
): IncomingHttpHeaders {
  const before = headers['x-forwarded-for'];
  headers['x-forwarded-for'] = before === undefined ? address : `${String(before)}, ${address}`;
  headers['x-forwarded-proto'] = 'http';
  if (host !== undefined) headers['x-forwarded-host'] = host;
  headers.via = headers.via === undefined ? '1.1 bench' : `${headers.via}, 1.1 bench`;
  headers['x-request-id'] = randomUUID();
  return headers;
}
