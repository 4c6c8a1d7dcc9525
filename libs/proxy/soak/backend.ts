/** The backend of the soak, as a process of its own; what it answers with is in the target. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { MAX_PIECE_BYTES, piece } from './pattern.ts';

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const [, kind, offset, length] = (request.url ?? '').split('/');
  answer(kind ?? '', Number(offset), Number(length), request, response);
});

function answer(
  kind: string,
  offset: number,
  length: number,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  switch (kind) {
    case 'bytes':
      response.setHeader('Content-Length', length);
      response.end(piece(offset, length));
      return;
    case 'chunks':
      response.setHeader('Trailer', 'X-Length');
      response.write(piece(offset, length >> 1));
      response.write(piece(offset + (length >> 1), length - (length >> 1)));
      response.addTrailers({ 'X-Length': `${length}` });
      response.end();
      return;
    case 'until-close':
      response.removeHeader('Transfer-Encoding');
      response.writeHead(200, { Connection: 'close' });
      response.end(piece(offset, length));
      return;
    case 'echo': {
      const { 'content-length': size } = request.headers;
      if (size !== undefined) response.setHeader('Content-Length', size);
      request.pipe(response);
      return;
    }
    case 'early':
      response.writeHead(413, { 'Content-Length': 0 }).end();
      request.resume();
      return;
    case 'half':
      response.writeHead(200, { 'Content-Length': length });
      response.write(piece(offset, length >> 1), () => request.socket.resetAndDestroy());
      return;
    case 'reset':
      request.socket.resetAndDestroy();
      return;
    case 'much':
      void send(response, length);
      return;
    case 'take':
      void take(request, response);
      return;
    default:
      response.writeHead(204).end();
  }
}

/** `length` bytes, piece by piece, as fast as they are taken. */
async function send(response: ServerResponse, length: number): Promise<void> {
  response.setHeader('Content-Length', length);
  for (let sent = 0; sent < length && !response.destroyed; sent += MAX_PIECE_BYTES) {
    const part = piece(sent / MAX_PIECE_BYTES, Math.min(MAX_PIECE_BYTES, length - sent));
    if (!response.write(part)) await new Promise((resolve) => response.once('drain', resolve));
  }
  response.end();
}

/** Takes a body of the same pieces and says how many bytes of it were as they should be. */
async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let right = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    for (let at = 0; at < part.length;) {
      const inPiece = right % MAX_PIECE_BYTES;
      const length = Math.min(part.length - at, MAX_PIECE_BYTES - inPiece);
      const expected = piece(Math.floor(right / MAX_PIECE_BYTES), MAX_PIECE_BYTES);
      if (part.compare(expected, inPiece, inPiece + length, at, at + length) !== 0) break;
      right += length;
      at += length;
    }
  }
  response.end(`${right}`);
}

server.on('upgrade', (_request, socket: Socket) => {
  socket.on('error', () => undefined);
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  socket.pipe(socket);
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});
process.once('disconnect', () => process.exit());
