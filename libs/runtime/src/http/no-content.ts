import type { FastifyInstance } from 'fastify';
import type { IncomingHttpHeaders } from 'node:http';

/**
 * A request without content is taken as one without a type: there is nothing that Content-Type could describe (RFC 9110
 * §8.3), yet some clients send it with every DELETE. Fastify would look for a parser of that type, and have it parse nothing.
 */
export function ignoreTypeOfNoContent(server: FastifyInstance): void {
  server.addHook('onRequest', ({ raw: { headers } }, _reply, done) => {
    if (hasNoContent(headers)) delete headers['content-type'];
    done();
  });
}

/** RFC 9112 §6.3, as far as it can be told from the head. */
function hasNoContent(headers: IncomingHttpHeaders): boolean {
  const { 'transfer-encoding': coding, 'content-length': length } = headers;
  return coding === undefined && Number(length ?? 0) === 0;
}
