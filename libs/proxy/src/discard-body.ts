import type { IncomingMessage, ServerResponse } from 'node:http';

/** What is still read, and for how long, of a body that came with a request already answered. */
const MAX_DISCARDED_BYTES = 64 * 1024 * 1024;
const MAX_DISCARD_MS = 5_000;

/**
 * Reads and drops, within bounds, what a client still sends after it was answered. Closing at once would make the
 * kernel send a reset that can destroy the answer on its way (RFC 9112 §9.6).
 */
export function discardBodyAfterAnswer(request: IncomingMessage, response: ServerResponse): void {
  response.once('finish', () => {
    if (request.complete || request.destroyed) return;
    const end = () => request.destroy();
    const timer = setTimeout(end, MAX_DISCARD_MS);
    let discarded = 0;
    request.on('data', (chunk: Buffer) => {
      discarded += chunk.length;
      if (discarded > MAX_DISCARDED_BYTES) end();
    });
    request.once('close', () => clearTimeout(timer));
    request.once('end', () => clearTimeout(timer));
  });
}
