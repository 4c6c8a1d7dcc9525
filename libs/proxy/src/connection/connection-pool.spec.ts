import { eventually } from '@balanza/testing';
import { describe, expect, it, vi } from 'vitest';
import { BAD_GATEWAY, forwarded, INCOMPLETE_RESPONSE, ok, relayed, request } from '../testing/messages.js';
import { proxyServer } from '../testing/proxy-server.js';
import { RawClient } from '../testing/raw-client.js';
import { heldBackend, scriptedBackend, type ReceivedRequest } from '../testing/scripted-backend.js';
import { READ_BYTES } from './byte-socket.js';

const LONG = 'Content-Length: 65537\r\n';

/** Lets everything that is on its way arrive. */
const arrival = () => new Promise((resolve) => setTimeout(resolve, 20));

describe('a kept connection that the backend closes just as the next request is sent', () => {
  /** Closes its first connection without an answer to the second request there. */
  const stale =
    (close: (request: ReceivedRequest) => void) =>
    (received: ReceivedRequest): string | undefined => {
      const { connection, earlierHere, head } = received;
      if (connection > 0 || earlierHere === 0) return ok(`${head.split(' ')[0]} on ${connection}`);
      close(received);
      return undefined;
    };

  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])('has %s sent again, on a new one', async (method) => {
    for (const close of [
      ({ socket }: ReceivedRequest) => void socket.end(),
      ({ socket }: ReceivedRequest) => void socket.resetAndDestroy(),
    ]) {
      await using backend = await scriptedBackend(stale(close));
      await using proxy = await proxyServer([backend.url]);
      using client = await RawClient.connect(proxy.port);
      expect(await client.send(request('GET /')).read(relayed(ok('GET on 0')))).toBe(relayed(ok('GET on 0')));
      const answer = relayed(ok(`${method} on 1`));
      const expected = method === 'HEAD' ? answer.slice(0, answer.indexOf('\r\n\r\n') + 4) : answer;
      expect(await client.send(request(`${method} /`)).read(expected)).toBe(expected);
      expect(backend.received).toEqual([
        forwarded('GET /') + forwarded(`${method} /`),
        forwarded(`${method} /`),
      ]);
      expect(proxy.backends[0]?.totals()).toMatchObject({ requests: 2, errors: 0 });
    }
  });

  it.each([
    ['POST, which might be done twice', request('POST /'), ''],
    ['a request with a long body, which is gone', request('PUT /', LONG, 'x'.repeat(65_537)), ''],
  ])('does not have %s sent again', async (_what, message) => {
    await using backend = await scriptedBackend(stale(({ socket }) => socket.end()));
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    expect(await client.send(request('GET /')).read(relayed(ok('GET on 0')))).toBe(relayed(ok('GET on 0')));
    expect(await client.send(message).read(BAD_GATEWAY)).toBe(BAD_GATEWAY);
    expect(backend.received).toHaveLength(1);
    expect(proxy.backends[0]?.totals()).toMatchObject({ requests: 2, errors: 1 });
    expect(await client.send(request('GET /')).read(relayed(ok('GET on 1')))).toBe(relayed(ok('GET on 1')));
  });

  it.each([
    ['a part of a head', 'HTTP/1.1 2'],
    ['an interim answer', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
    ['garbage', 'garbage, and a lot of it\r\n'],
  ])('does not have anything sent again once %s has come', async (_what, bytes) => {
    await using backend = await scriptedBackend(stale(({ socket }) => socket.end(bytes)));
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    expect(await client.send(request('GET /')).read(relayed(ok('GET on 0')))).toBe(relayed(ok('GET on 0')));
    const interim = bytes.includes('103') ? relayed(bytes) : '';
    const expected = interim + INCOMPLETE_RESPONSE;
    expect(await client.send(request('GET /')).read(expected)).toBe(expected);
    expect(backend.received).toHaveLength(1);
  });

  it('has a request sent again only once', async () => {
    await using backend = await scriptedBackend(({ earlier, socket }) => {
      if (earlier === 0) return ok('first');
      socket.end();
      return undefined;
    });
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const expected = relayed(ok('first')) + BAD_GATEWAY;
    expect(await client.send(request('GET /') + request('GET /')).read(expected)).toBe(expected);
    expect(backend.received).toHaveLength(2);
  });

  it('is not used when its end was seen in time', async () => {
    await using backend = await scriptedBackend(({ connection, socket }) => {
      if (connection === 0) socket.end(ok('0'));
      else return ok(`${connection}`);
      return undefined;
    });
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    expect(await client.send(request('GET /')).read(relayed(ok('0')))).toBe(relayed(ok('0')));
    await eventually(() => expect(backend.sockets.size).toBe(0));
    expect(await client.send(request('POST /')).read(relayed(ok('1')))).toBe(relayed(ok('1')));
  });
});

describe('a connection with something on it that nobody asked for', () => {
  it.each([
    ['an answer given twice', ok('poison')],
    ['bytes behind the answer', 'x'],
    ['an interim answer behind the answer', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
  ])('is never used again: %s', async (_what, poison) => {
    // At once, where it may come in one read with the answer, and later, while the connection is unused.
    for (const pause of [0, 10]) {
      await using backend = await scriptedBackend(({ connection, socket }) => {
        if (connection > 0) return ok('clean');
        if (pause === 0) socket.write(ok('first') + poison);
        else {
          socket.write(ok('first'));
          setTimeout(() => socket.write(poison), pause);
        }
        return undefined;
      });
      await using proxy = await proxyServer([backend.url]);
      using client = await RawClient.connect(proxy.port);
      expect(await client.send(request('GET /')).read(relayed(ok('first')))).toBe(relayed(ok('first')));
      await eventually(() => expect(backend.sockets.size).toBe(0));
      expect(await client.send(request('GET /')).read(relayed(ok('clean')))).toBe(relayed(ok('clean')));
    }
  });

  it('is not used for a request that waits already, also behind a read that was full to the last byte', async () => {
    const length = READ_BYTES - 54;
    const head = `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\nX-Pad: 123\r\n\r\n`;
    const answer = head + 'x'.repeat(length);
    expect(answer.length).toBe(READ_BYTES);
    await using backend = await scriptedBackend(({ connection, earlierHere }) => {
      if (connection === 0) return earlierHere === 0 ? answer + ok('poison') : ok('poisoned');
      return ok('clean');
    });
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const expected = relayed(answer) + relayed(ok('clean'));
    expect(await client.send(request('GET /') + request('GET /')).read(expected)).toBe(expected);
  });

  it('a body that none should have is something too', async () => {
    const answer = 'HTTP/1.1 204 No Content\r\n\r\n';
    await using backend = await scriptedBackend(({ connection }) =>
      connection === 0 ? answer + ok('poison') : ok('clean'),
    );
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const expected = relayed(answer) + relayed(ok('clean'));
    expect(await client.send(request('GET /') + request('GET /')).read(expected)).toBe(expected);
  });
});

describe('unused connections', () => {
  it('are used last in, first out, so that the others can grow old', async () => {
    const waiting: (() => void)[] = [];
    await using backend = await scriptedBackend(async ({ connection, head }) => {
      if (head.startsWith('GET /wait')) await new Promise<void>((resolve) => waiting.push(resolve));
      return ok(`${connection}`);
    });
    await using proxy = await proxyServer([backend.url]);
    const clients = await Promise.all([1, 2, 3].map(() => RawClient.connect(proxy.port)));
    for (const [number, client] of clients.entries()) {
      client.send(request('GET /wait'));
      await eventually(() => expect(waiting).toHaveLength(number + 1));
    }
    for (const [number, client] of clients.entries()) {
      waiting[number]?.();
      await client.read(relayed(ok('0')));
    }
    using client = await RawClient.connect(proxy.port);
    const last = await client.send(request('GET /')).read(relayed(ok('0')));
    for (let turn = 0; turn < 5; turn++) {
      expect(await client.send(request('GET /')).read(last)).toBe(last);
    }
    expect(backend.sockets.size).toBe(3);
    proxy.pass(4_200);
    await eventually(() => expect(backend.sockets.size).toBe(0));
    for (const each of clients) each.socket.destroy();
  });

  it('are no more than the limit', async () => {
    let go: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => (go = resolve));
    await using backend = await scriptedBackend(async () => {
      await gone;
      return ok('');
    });
    await using proxy = await proxyServer([backend.url], { maxIdle: 2 });
    const clients = await Promise.all([1, 2, 3, 4, 5].map(() => RawClient.connect(proxy.port)));
    for (const client of clients) client.send(request('GET /'));
    await eventually(() => expect(backend.sockets.size).toBe(5));
    go();
    for (const client of clients) expect(await client.read(relayed(ok('')))).toBe(relayed(ok('')));
    await eventually(() => expect(backend.sockets.size).toBe(2));
    await arrival();
    expect(backend.sockets.size).toBe(2);
    for (const each of clients) each.socket.destroy();
  });

  it.each([
    ['says that it closes', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi'],
    ['speaks HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi'],
  ])('are none to a backend that %s', async (_how, answer) => {
    await using backend = await scriptedBackend(() => answer);
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    for (let turn = 0; turn < 3; turn++) {
      expect((await client.send(request('GET /')).read(relayed(ok('hi')))).endsWith('\r\n\r\nhi')).toBe(true);
    }
    await eventually(() => expect([backend.received.length, backend.sockets.size]).toEqual([3, 0]));
  });

  it('are looked for among all that wait only where the backend has something in hand', async () => {
    await using backend = await heldBackend(ok(''));
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const { deadlines, pool } = proxy.plane;
    const looks = vi.spyOn(deadlines, 'of');
    const [asked] = pool.backends;
    const abandon = () => asked !== undefined && proxy.plane.poolOf(asked).abandon();
    abandon();
    expect(looks).toHaveBeenCalledTimes(0);
    client.send(request('GET /'));
    await eventually(() => expect(backend.received).toHaveLength(1));
    abandon();
    expect(looks).toHaveBeenCalledTimes(1);
    backend.release();
    expect(await client.read(relayed(ok('')))).toBe(relayed(ok('')));
    // Its connection is kept, and waits for nothing.
    abandon();
    expect(looks).toHaveBeenCalledTimes(1);
  });
});
