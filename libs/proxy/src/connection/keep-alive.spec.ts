import { describe, expect, it } from 'vitest';
import { CLOSE, forwarded, ok, relayed, request } from '../testing/messages.js';
import { proxyServer } from '../testing/proxy-server.js';
import { RawClient } from '../testing/raw-client.js';
import { heldBackend, scriptedBackend } from '../testing/scripted-backend.js';
import { standstill } from '../testing/standstill.js';

const KEEP_ALIVE = 'Connection: keep-alive\r\n';

describe('a connection of a client', () => {
  it('takes one request after another, over one connection to the backend', async () => {
    await using backend = await scriptedBackend(({ earlier }) => ok(`answer ${earlier}`));
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    for (let number = 0; number < 3; number++) {
      const expected = relayed(ok(`answer ${number}`));
      expect(await client.send(request(`GET /${number}`)).read(expected)).toBe(expected);
    }
    expect(backend.received).toEqual([forwarded('GET /0') + forwarded('GET /1') + forwarded('GET /2')]);
  });

  it('takes requests ahead of the answers, and answers them in order, one asked at a time', async () => {
    let asked = 0;
    let most = 0;
    await using backend = await scriptedBackend(async ({ head }) => {
      most = Math.max(most, ++asked);
      await new Promise((resolve) => setTimeout(resolve, head.startsWith('GET /slow') ? 50 : 0));
      asked--;
      return ok(head.split(' ')[1] ?? '');
    });
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const paths = ['/slow', '/b', '/slow/c', '/d'];
    const expected = paths.map((path) => relayed(ok(path))).join('');
    client.send(paths.map((path) => request(`GET ${path}`)).join(''));
    expect([await client.read(expected), most]).toEqual([expected, 1]);
  });

  it('takes requests with bodies ahead too, wherever the pieces end', async () => {
    await using backend = await scriptedBackend(async ({ head, body }) =>
      ok(`${head.split(' ', 1)[0]} ${await body}`),
    );
    await using proxy = await proxyServer([backend.url]);
    const chunked = 'Transfer-Encoding: chunked\r\n';
    const messages =
      request('POST /', 'Content-Length: 5\r\n', 'first') +
      request('GET /') +
      request('PUT /', chunked, '6\r\nsecond\r\n0\r\n\r\n') +
      request('POST /', 'Content-Length: 0\r\n');
    const expected = ['POST first', 'GET ', 'PUT 6\r\nsecond\r\n0\r\n\r\n', 'POST ']
      .map((body) => relayed(ok(body)))
      .join('');
    for (const size of [1, 7, 100, messages.length]) {
      using client = await RawClient.connect(proxy.port);
      for (let at = 0; at < messages.length; at += size) {
        client.send(messages.slice(at, at + size));
        await new Promise(setImmediate);
      }
      expect(await client.read(expected)).toBe(expected);
    }
  });

  it('reads only so far ahead of its answers', async () => {
    await using backend = await heldBackend(ok(''));
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const message = request('GET /', `X-Pad: ${'p'.repeat(15_000)}\r\n`);
    const count = 1_000;
    // One by one, as Node counts a write as waiting until all of it is on its way.
    for (let sent = 0; sent < count; sent++) client.send(message);
    // What the systems of both sides buffer is a few megabytes, of these 15.
    await standstill(() => client.socket.bytesWritten - client.socket.writableLength);
    expect(client.socket.writableLength).toBeGreaterThan(0);
    backend.release();
    const expected = relayed(ok('')).repeat(count);
    expect(await client.read(expected)).toBe(expected);
  });

  it.each([
    ['short ones', 10_000, ''],
    ['longer ones', 30_000, ''],
    ['longer ones, each over a new connection to the backend,', 30_000, CLOSE],
  ])(
    'gets every answer as it was, also %s that wait until it reads, while others get theirs',
    async (_which, size, fields) => {
      let asked = 0;
      // The first is of several pieces, so that its connection reads the others into memory of its own.
      const answerOf = (path: string) =>
        ok(path.padEnd(path === '/0' ? 200_000 : size, path), `X-Path: ${path}\r\n`);
      await using backend = await scriptedBackend(({ head }) => {
        asked++;
        return answerOf(head.split(' ')[1] ?? '').replace('\r\n', `\r\n${fields}`);
      });
      await using proxy = await proxyServer([backend.url]);
      using client = await RawClient.connect(proxy.port);
      using other = await RawClient.connect(proxy.port);
      client.socket.pause();
      const paths = Array.from({ length: 600 }, (_, index) => `/${index}`);
      client.send(paths.map((path) => request(`GET ${path}`)).join(''));
      await standstill(() => asked);
      expect(asked).toBeLessThan(paths.length);
      const answerTo = (path: string) => relayed(answerOf(path));
      expect((await other.send(request('GET /other')).read(answerTo('/other'))) === answerTo('/other')).toBe(
        true,
      );
      client.socket.resume();
      const expected = paths.map(answerTo).join('');
      expect((await client.read(expected)) === expected).toBe(true);
    },
  );

  it('ends behind the answer to a request that says so, whatever comes behind it', async () => {
    await using backend = await scriptedBackend(() => ok('last'));
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    client.send(request('GET /', CLOSE) + request('GET /never'));
    expect(await client.readAll()).toEqual({ text: relayed(ok('last'), CLOSE), closed: 'end' });
    expect(backend.received).toEqual([forwarded('GET /')]);
  });

  it('goes on where the backend closes its own, and ends where that alone ends the answer', async () => {
    await using backend = await scriptedBackend(({ earlier, socket }) => {
      socket.end(ok(`answer ${earlier}`, CLOSE));
    });
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    for (let number = 0; number < 2; number++) {
      const expected = relayed(ok(`answer ${number}`));
      expect(await client.send(request('GET /')).read(expected)).toBe(expected);
    }
    expect(backend.received).toEqual([forwarded('GET /'), forwarded('GET /')]);
  });
});

describe('a client that speaks HTTP/1.0', () => {
  const old = (fields = '') => `GET / HTTP/1.0\r\nHost: a\r\nX-Request-Id: r1\r\n${fields}\r\n`;

  it('is answered once, unless it asks to keep the connection', async () => {
    await using backend = await scriptedBackend(() => ok('hello'));
    await using proxy = await proxyServer([backend.url]);
    using once = await RawClient.connect(proxy.port);
    expect(await once.send(old() + old()).readAll()).toEqual({
      text: relayed(ok('hello'), CLOSE),
      closed: 'end',
    });
    using kept = await RawClient.connect(proxy.port);
    const expected = relayed(ok('hello'), KEEP_ALIVE);
    expect(await kept.send(old(KEEP_ALIVE)).read(expected)).toBe(expected);
    expect(await kept.send(old()).readAll()).toEqual({ text: relayed(ok('hello'), CLOSE), closed: 'end' });
  });

  it('gets a chunked answer without the chunks, and its end by the end of the connection', async () => {
    await using backend = await scriptedBackend(
      () =>
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7;x=y\r\n, world\r\n0\r\nX-Sum: 1\r\n\r\n',
    );
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const text = relayed('HTTP/1.1 200 OK\r\n\r\nhello, world', CLOSE);
    expect(await client.send(old(KEEP_ALIVE)).readAll()).toEqual({ text, closed: 'end' });
  });

  it('gets an answer that ends with the connection as it is', async () => {
    await using backend = await scriptedBackend(({ socket }) => {
      socket.end('HTTP/1.1 200 OK\r\n\r\nhello');
    });
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const text = relayed('HTTP/1.1 200 OK\r\n\r\nhello', CLOSE);
    expect(await client.send(old(KEEP_ALIVE)).readAll()).toEqual({ text, closed: 'end' });
  });

  it('gets no interim answers', async () => {
    await using backend = await scriptedBackend(() => `HTTP/1.1 103 Early Hints\r\n\r\n${ok('hello')}`);
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    expect(await client.send(old()).readAll()).toEqual({ text: relayed(ok('hello'), CLOSE), closed: 'end' });
  });
});
