import type { FastifyInstance } from 'fastify';

/** What is still read, and for how long, from a client that sends a body nobody wants. */
const MAX_DISCARDED_BYTES = 64 * 1024 * 1024;
const MAX_DISCARD_MS = 5_000;

/**
 * Lets a client that is still sending read the answer. Closing a socket with unread input makes the kernel send a
 * reset, which can destroy an answer already on its way (RFC 9112 §9.6), so the rest of the body is read and
 * dropped, within bounds.
 */
export function discardUnreadBodies(server: FastifyInstance): void {
  server.addHook('onSend', (request, reply, _payload, done) => {
    const { raw } = request;
    if (reply.statusCode !== 413 || raw.complete) return done();
    reply.removeHeader('connection');
    const end = () => raw.destroy();
    const timer = setTimeout(end, MAX_DISCARD_MS);
    let discarded = 0;
    raw.on('data', (chunk: Buffer) => {
      discarded += chunk.length;
      if (discarded > MAX_DISCARDED_BYTES) end();
    });
    raw.once('close', () => clearTimeout(timer));
    raw.once('end', () => clearTimeout(timer));
    done();
  });
}
