import type { ErrorBody } from '@balanza/contracts';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';

/** The most bytes that the head of a request may have. */
export const MAX_HEADER_BYTES = 16_384;

const ANSWERS: Readonly<Record<string, readonly [status: string, error: string]>> = {
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    `The request head is over the limit of ${MAX_HEADER_BYTES} bytes`,
  ],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['413 Payload Too Large', 'The chunk extensions are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request did not arrive in time'],
};
const MALFORMED = ['400 Bad Request', 'The request is not valid HTTP/1.1'] as const;

/**
 * Answers a request that Node's parser refused, in the contract's form, and closes the connection. Where an earlier
 * answer is only half sent, closing is all there is: whatever is written would become part of that answer.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable || hasBegunToAnswer(socket)) {
    socket.destroy();
    return;
  }
  const [status, sentence] = ANSWERS[error.code ?? ''] ?? MALFORMED;
  refuse(socket, status, sentence);
}

/** Answers on a socket that no response stands for, and closes it. */
export function refuse(socket: Writable, status: string, sentence: string): void {
  const body = JSON.stringify({ error: sentence } satisfies ErrorBody);
  socket.end(
    `HTTP/1.1 ${status}\r\nDate: ${new Date().toUTCString()}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** Node has no public way to ask this; its own default handler looks at the same member. */
function hasBegunToAnswer(socket: Socket & { readonly _httpMessage?: ServerResponse | null }): boolean {
  const { _httpMessage: response } = socket;
  return response?.headersSent === true;
}
