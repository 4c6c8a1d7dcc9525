import { eventually } from '@balanza/testing';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { answerClientError } from './client-error.js';

const GET = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
const GARBAGE = 'GARBAGE\r\n\r\n';
const WHOLE = /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nwhole/;
const REFUSED =
  /HTTP\/1\.1 400 Bad Request\r\nDate: \w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT\r\n[^]*\r\n\r\n\{"error":"The request is not valid HTTP\/1\.1"\}$/;

/** One connection to a server whose handler is under test. */
async function connectTo(listener: RequestListener) {
  const server = createServer(listener).on('clientError', answerClientError).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').setEncoding('latin1');
  const connection = { received: '', closed: false, send: (bytes: string) => socket.write(bytes) };
  socket.on('data', (chunk: string) => (connection.received += chunk));
  socket.on('error', () => undefined).on('close', () => (connection.closed = true));
  const end = async () => {
    socket.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return Object.assign(connection, { [Symbol.asyncDispose]: end });
}

it('adds nothing to an answer that is half sent: the connection ends', async () => {
  await using client = await connectTo((_request, response) => {
    response.writeHead(200, { 'content-length': 1_000 }).write('half');
  });
  client.send(GET);
  await eventually(() => expect(client.received).toMatch(/half$/));
  const sent = client.received;
  client.send(GARBAGE);
  await eventually(() => expect(client.closed).toBe(true));
  expect(client.received).toBe(sent);
});

it('refuses with a sentence after a whole answer', async () => {
  await using client = await connectTo((_request, response) => response.end('whole'));
  client.send(GET);
  await eventually(() => expect(client.received).toMatch(WHOLE));
  client.send(GARBAGE);
  await eventually(() => expect(client.closed).toBe(true));
  expect(client.received).toMatch(WHOLE);
  expect(client.received).toMatch(REFUSED);
});

it('refuses with a sentence a body that turns out to be malformed before it is answered', async () => {
  await using client = await connectTo((request) => request.resume());
  client.send('POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nnot a length\r\n');
  await eventually(() => expect(client.closed).toBe(true));
  expect(client.received).toMatch(/^HTTP\/1\.1 400/);
  expect(client.received).toMatch(REFUSED);
});

it.each(['FOO', 'BREW', 'get'])('answers 501 to the method %s, which Node does not know', async (method) => {
  await using client = await connectTo((_request, response) => response.end('whole'));
  client.send(`${method} /data HTTP/1.1\r\nHost: a\r\n\r\n`);
  await eventually(() => expect(client.closed).toBe(true));
  expect(client.received).toMatch(
    /^HTTP\/1\.1 501 Not Implemented\r\n[^]*\r\n\r\n\{"error":"The method is unknown to this server"\}$/,
  );
});
