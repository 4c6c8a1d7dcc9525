import { eventually } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { forwarded, ok, relayed, request, REQUEST_TIMEOUT } from '../testing/messages.js';
import { proxyServer } from '../testing/proxy-server.js';
import { RawClient } from '../testing/raw-client.js';
import { scriptedBackend } from '../testing/scripted-backend.js';
import { standstill } from '../testing/standstill.js';

/** A deadline may be this late, and is never early. */
const LATE = 200;
const TEN = 'Content-Length: 10\r\n';
const WITHOUT_ID =
  /^HTTP\/1\.1 408 Request Timeout\r\n(?!.*request_id).*\r\nConnection: close\r\n\r\n\{"error":/s;

describe('of a client is waited', () => {
  it('clientHead for the rest of a head, from its first byte; then 408', async () => {
    await using backend = await scriptedBackend(() => ok(''));
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    expect(await client.send(request('GET /')).read(relayed(ok('')))).toBe(relayed(ok('')));
    // On a kept connection too, where a whole head may be waited for longer.
    proxy.pass(20_000);
    client.send('GET / HTTP/1.1\r\n');
    await new Promise((resolve) => setTimeout(resolve, 50));
    proxy.pass(9_000);
    client.send('Host: a\r\n');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(client.isClosed).toBe(false);
    proxy.pass(1_000 + LATE);
    expect(await client.readAll()).toEqual({ text: expect.stringMatching(WITHOUT_ID), closed: 'end' });
  });

  it('clientHead for the first head of all; then the connection is closed without a word', async () => {
    await using proxy = await proxyServer([]);
    using client = await RawClient.connect(proxy.port);
    await eventually(() => expect(proxy.plane.deadlines.size).toBe(1));
    proxy.pass(9_800);
    expect(client.isClosed).toBe(false);
    proxy.pass(LATE + 200);
    expect(await client.readAll()).toEqual({ text: '', closed: 'end' });
  });

  it('clientKeepAlive for another request; then the connection is closed without a word', async () => {
    await using backend = await scriptedBackend(() => ok(''));
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    expect(await client.send(request('GET /')).read(relayed(ok('')))).toBe(relayed(ok('')));
    proxy.pass(74_800);
    expect(client.isClosed).toBe(false);
    proxy.pass(LATE + 200);
    expect(await client.readAll()).toEqual({ text: '', closed: 'end' });
  });

  it.each(['new', 'kept'])(
    'clientIdle for another piece of a body; then 408, over a %s connection to the backend',
    async (kind) => {
      await using backend = await scriptedBackend(({ head }) =>
        head.startsWith('GET') ? ok('') : undefined,
      );
      await using proxy = await proxyServer([backend.url]);
      using client = await RawClient.connect(proxy.port);
      if (kind === 'kept') await client.send(request('GET /')).read(relayed(ok('')));
      client.send(request('POST /', TEN));
      await eventually(() => expect(backend.received.join('')).toContain('POST'));
      proxy.pass(29_000);
      const sent = `${kind === 'kept' ? forwarded('GET /') : ''}${forwarded('POST /', TEN)}hello`;
      client.send('hello');
      await eventually(() => expect(backend.received.join('')).toBe(sent));
      proxy.pass(29_000);
      expect(client.isClosed).toBe(false);
      proxy.pass(1_000 + LATE);
      expect(await client.readAll()).toEqual({ text: REQUEST_TIMEOUT, closed: 'end' });
      await eventually(() => expect([backend.sockets.size, proxy.backends[0]?.inFlight]).toEqual([0, 0]));
    },
  );

  it.each(['new', 'kept'])(
    'clientIdle for the first piece of a body; then 408, over a %s connection to the backend',
    async (kind) => {
      await using backend = await scriptedBackend(({ head }) =>
        head.startsWith('GET') ? ok('') : undefined,
      );
      await using proxy = await proxyServer([backend.url]);
      using client = await RawClient.connect(proxy.port);
      if (kind === 'kept') await client.send(request('GET /')).read(relayed(ok('')));
      client.send(request('POST /', TEN));
      await eventually(() => expect(backend.received.join('')).toContain('POST'));
      proxy.pass(29_800);
      expect(client.isClosed).toBe(false);
      proxy.pass(LATE + 200);
      expect(await client.readAll()).toEqual({ text: REQUEST_TIMEOUT, closed: 'end' });
    },
  );

  it('clientStall for it to take anything of its answer; then it is cut off and the backend freed', async () => {
    const chunk = Buffer.alloc(1024 * 1024);
    await using backend = await scriptedBackend(({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n');
      const fill = () => {
        while (socket.write(chunk));
      };
      socket.on('drain', fill);
      fill();
    });
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    client.send(request('GET /'));
    await client.read('HTTP/1.1 200 OK');
    client.socket.pause();
    await standstill(() => proxy.records.length + backendBytes(backend.sockets));
    proxy.pass(59_800);
    expect(proxy.backends[0]?.inFlight).toBe(1);
    proxy.pass(LATE + 200);
    await eventually(() => expect([backend.sockets.size, proxy.backends[0]?.inFlight]).toEqual([0, 0]));
    client.socket.resume();
    expect((await client.readAll()).closed).toBe('reset');
  });

  it('clientStall too where it asks on and on and takes no answers, which are not piled up meanwhile', async () => {
    let asked = 0;
    const answer = ok('x'.repeat(16_000));
    await using backend = await scriptedBackend(() => {
      asked++;
      return answer;
    });
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    client.socket.pause();
    client.send(request('GET /').repeat(20_000));
    await standstill(() => asked);
    expect(asked).toBeLessThan(10_000);
    proxy.pass(60_000 + LATE);
    client.socket.resume();
    expect((await client.readAll()).closed).toBe('reset');
  });

  it.each([
    ['its last answer', request('GET /'), 75_000],
    ['an answer that came before its body', request('POST /', TEN), 5_000],
  ])(
    'clientStall too for the little that is left of %s, once it sends nothing more',
    async (_which, message, wait) => {
      await using backend = await scriptedBackend(() => ok(''));
      await using proxy = await proxyServer([backend.url]);
      using client = await RawClient.connect(proxy.port);
      expect(await client.send(request('GET /')).read(relayed(ok('')))).toBe(relayed(ok('')));
      // As where the system has no room for more.
      proxy.records[0]?.client.output.cork();
      client.send(message);
      await eventually(() => expect(proxy.records).toHaveLength(2));
      proxy.pass(wait + LATE);
      proxy.pass(59_800);
      await new Promise((resolve) => setImmediate(resolve));
      expect(client.isClosed).toBe(false);
      proxy.pass(LATE + 200);
      expect(await client.readAll()).toEqual({ text: '', closed: 'reset' });
    },
  );
});

function backendBytes(sockets: ReadonlySet<{ bytesWritten: number; writableLength: number }>): number {
  return [...sockets].reduce((sum, socket) => sum + socket.bytesWritten - socket.writableLength, 0);
}
