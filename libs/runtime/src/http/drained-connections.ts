import type { FastifyInstance } from 'fastify';

/**
 * Says `Connection: close` (RFC 9112 §9.6) on each response from when the process begins to shut down: a client then sends no further
 * request on a connection that is about to close, where one that must not be repeated would be lost.
 */
export function closeConnectionsWhen(server: FastifyInstance, isDraining: () => boolean): void {
  server.addHook('onSend', (_request, reply, _payload, done) => {
    if (isDraining()) void reply.header('connection', 'close');
    done();
  });
}
