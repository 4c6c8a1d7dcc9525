import type { FastifyReply } from 'fastify';
import type { Opened } from './event-streams.js';

/**
 * Answers with an event stream, or with 204 where the client has the final event: that alone keeps an `EventSource` from coming
 * back (WHATWG HTML, section 9.2).
 */
export async function sendEvents(reply: FastifyReply, opened: Exclude<Opened, 'unknown'>): Promise<void> {
  if (opened === 'ended') {
    await reply.code(204).send();
    return;
  }
  await reply
    .headers({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    .send(opened);
}
