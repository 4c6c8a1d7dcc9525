import type { FastifyReply } from 'fastify';
import type { Opened } from './event-streams.js';

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
};

/**
 * Answers with an event stream, or with 204 where the client has the final event: that alone keeps an `EventSource` from coming
 * back (WHATWG HTML, section 9.2).
 */
export async function sendEvents(reply: FastifyReply, opened: Exclude<Opened, 'unknown'>): Promise<void> {
  if (opened === 'ended') {
    await reply.code(204).send();
    return;
  }
  if (reply.request.method === 'HEAD') {
    // Fastify would read the stream to its end, and so keep a place among the streams until the task has ended.
    opened.destroy();
    await reply.headers(HEADERS).send();
    return;
  }
  await reply.headers(HEADERS).send(opened);
}
