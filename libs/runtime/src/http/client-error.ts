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
const UNKNOWN_METHOD = ['501 Not Implemented', 'The method is unknown to this server'] as const;
/** Any token is a method (RFC 9110 §9.1), but Node's parser takes those of its own list. */
const REQUEST_LINE = /^[!#$%&'*+.^_`|~\w-]{1,100} [^ ]{1,1000} HTTP\/1\.[01]\r\n/;
/** Enough for {@link REQUEST_LINE}. */
const LINE_BYTES = 1_200;
const MALFORMED = ['400 Bad Request', 'The request is not valid HTTP/1.1'] as const;

/**
 * Answers a request that Node's parser refused, in the contract's form, and closes the connection. Where an earlier
 * answer is only half sent, closing is all there is: whatever is written would become part of that answer.
 */
export function answerClientError(error: ClientError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable || hasBegunToAnswer(socket)) {
    socket.destroy();
    return;
  }
  const [status, sentence] =
    ANSWERS[error.code ?? ''] ?? (hasUnknownMethod(error) ? UNKNOWN_METHOD : MALFORMED);
  refuse(socket, status, sentence);
}

/** What Node tells of a request that its parser refused. */
type ClientError = NodeJS.ErrnoException & { readonly rawPacket?: unknown };

function hasUnknownMethod({ code, rawPacket }: ClientError): boolean {
  if (code !== 'HPE_INVALID_METHOD' || !Buffer.isBuffer(rawPacket)) return false;
  return REQUEST_LINE.test(rawPacket.toString('latin1', 0, LINE_BYTES));
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
