import { eventually } from '@balanza/testing';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { CLOSE, forwarded, ok, relayed, request } from '../testing/messages.js';
import { proxyServer } from '../testing/proxy-server.js';
import { RawClient } from '../testing/raw-client.js';
import { scriptedBackend, type ScriptedBackend } from '../testing/scripted-backend.js';

const CHUNKED = 'Transfer-Encoding: chunked\r\n';
const TEN = 'Content-Length: 10\r\n';

/** Answers as soon as the head is there. */
function hasty(): Promise<ScriptedBackend> {
  return scriptedBackend(({ earlier }) => ok(`answer ${earlier}`));
}

describe('an answer that comes before the whole request', () => {
  it('goes to the client at once; the rest of the body is dropped, and the connection goes on', async () => {
    await using backend = await hasty();
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const first = relayed(ok('answer 0'));
    expect(await client.send(request('POST /', TEN, 'hello')).read(first)).toBe(first);
    expect(proxy.backends[0]?.inFlight).toBe(0);
    const second = relayed(ok('answer 1'));
    expect(await client.send(`world${request('GET /next')}`).read(second)).toBe(second);
  });

  it('leaves a connection to the backend that is not used again, as half a request is on it', async () => {
    await using backend = await hasty();
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const expected = relayed(ok('answer 0'));
    expect(await client.send(request('POST /', CHUNKED, '5\r\nhello\r\n')).read(expected)).toBe(expected);
    await eventually(() => expect(backend.sockets.size).toBe(0));
    const next = relayed(ok('answer 1'));
    expect(await client.send(`0\r\n\r\n${request('GET /next')}`).read(next)).toBe(next);
    expect(backend.received).toEqual([
      forwarded('POST /', CHUNKED, '5\r\nhello\r\n'),
      forwarded('GET /next'),
    ]);
  });

  it('is the last one when the client has said so, and ends the connection without waiting for the rest', async () => {
    await using backend = await hasty();
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    client.send(request('POST /', TEN + CLOSE, 'hello'));
    await eventually(() => expect(client.isClosed).toBe(true));
    const { text, closed } = await client.readAll();
    expect({ text, closed }).toEqual({ text: relayed(ok('answer 0'), CLOSE), closed: 'end' });
  });

  it('is not followed by a second one when the rest of the body makes no sense', async () => {
    await using backend = await hasty();
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const expected = relayed(ok('answer 0'));
    expect(await client.send(request('POST /', CHUNKED, '5\r\nhello\r\n')).read(expected)).toBe(expected);
    expect(await client.send(`Z\r\n${request('GET /')}`).readAll()).toEqual({ text: '', closed: 'end' });
  });

  it('ends the connection when the rest takes too long', async () => {
    await using backend = await hasty();
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const expected = relayed(ok('answer 0'));
    expect(await client.send(request('POST /', TEN, 'hello')).read(expected)).toBe(expected);
    proxy.pass(4_900);
    expect(client.isClosed).toBe(false);
    proxy.pass(300);
    expect(await client.readAll()).toEqual({ text: '', closed: 'end' });
  });

  it('ends the connection when the rest is too much', async () => {
    await using backend = await hasty();
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const expected = relayed(ok('answer 0'));
    expect(await client.send(request('POST /', 'Content-Length: 999999999\r\n')).read(expected)).toBe(
      expected,
    );
    const chunk = Buffer.alloc(1024 * 1024);
    const fill = () => {
      while (!client.isClosed && client.socket.write(chunk));
    };
    client.socket.on('drain', fill);
    fill();
    const { text } = await client.readAll();
    expect([text, client.socket.bytesWritten > 64 * 1024 * 1024]).toEqual(['', true]);
  });

  it.each([
    ['goes to the client also when', ok('too much'), relayed(ok('too much')), undefined],
    [
      'is broken off, as nobody knows whether it is whole, when it has no length and',
      'HTTP/1.1 200 OK\r\n\r\ntoo much',
      relayed('HTTP/1.1 200 OK\r\n\r\n', `Transfer-Encoding: chunked\r\n${CLOSE}`) + '8\r\ntoo much\r\n',
      'end',
    ],
  ])(
    '%s the backend has closed and what is sent to it meets a reset',
    async (_what, answer, expected, closed) => {
      const asked = Promise.withResolvers<Socket>();
      await using backend = await scriptedBackend(({ socket }) => asked.resolve(socket));
      await using proxy = await proxyServer([backend.url]);
      using client = await RawClient.connect(proxy.port);
      client.send(request('POST /', TEN + (closed === undefined ? '' : CLOSE)));
      const socket = await asked.promise;
      // It is the first that the proxy reads, and by then the other has happened.
      client.send('hello');
      socket.write(answer);
      socket.resetAndDestroy();
      if (closed === undefined) expect(await client.read(expected)).toBe(expected);
      else expect(await client.readAll()).toEqual({ text: expected, closed });
      await proxy.idle();
    },
  );

  it('may stream while the body still does', async () => {
    await using backend = await scriptedBackend(({ socket }) => {
      socket.write(`HTTP/1.1 200 OK\r\n${CHUNKED}\r\n`);
      // A chunk is sent back as soon as it has come.
      socket.on('data', (text: unknown) => {
        const [chunk] = /^\w\r\nword\w\r\n/.exec(String(text)) ?? [];
        if (chunk !== undefined) socket.write(chunk);
        if (String(text).endsWith('0\r\n\r\n')) socket.write('0\r\n\r\n');
      });
    });
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const head = relayed(`HTTP/1.1 200 OK\r\n${CHUNKED}\r\n`);
    expect(await client.send(request('POST /', CHUNKED)).read(head)).toBe(head);
    for (const chunk of ['5\r\nword1\r\n', '5\r\nword2\r\n', '0\r\n\r\n']) {
      expect(await client.send(chunk).read(chunk)).toBe(chunk);
    }
    await proxy.idle();
    expect(backend.sockets.size).toBe(1);
  });
});
