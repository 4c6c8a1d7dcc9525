import { eventually, freePorts, httpUpstream, rawExchange, rawUpstream } from '@balanza/testing';
import { once } from 'node:events';
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { proxyServer } from './testing/proxy-server.js';

const ERROR_502 = {
  error: 'The backend could not be reached or broke off before it answered; try again',
  request_id: expect.stringMatching(/^[0-9a-f]{32}$/),
};

describe('Proxy: what the backend gets', () => {
  it('gets the request with the client told of, and without the fields of the connection', async () => {
    await using backend = await httpUpstream((request, response) => {
      response.end(JSON.stringify([request.method, request.url, request.headers]));
    });
    await using proxy = await proxyServer([backend.url]);
    const answer = await rawExchange(
      proxy.port,
      'PATCH /a/b?c=%20d HTTP/1.1\r\nHost: shop.example\r\nAuthorization: Bearer t\r\nX-CasEd: 1\r\n' +
        'Connection: close, X-Private, Host, X-Forwarded-For\r\nX-Private: secret\r\nTE: trailers\r\n' +
        'Keep-Alive: timeout=5\r\nProxy-Authorization: Basic x\r\nX-Forwarded-For: 203.0.113.7\r\nVia: 1.0 edge\r\n\r\n',
    );
    const [method, url, headers] = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
    expect([method, url]).toEqual(['PATCH', '/a/b?c=%20d']);
    expect(headers).toEqual({
      host: 'shop.example',
      authorization: 'Bearer t',
      'x-cased': '1',
      'x-forwarded-for': '127.0.0.1',
      forwarded: 'for=127.0.0.1;host="shop.example";proto=http',
      traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/),
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'shop.example',
      via: '1.0 edge, 1.1 balanza',
      'x-request-id': expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  it('gets a body as it was sent, chunked or with a length', async () => {
    await using backend = await httpUpstream(async (request, response) => {
      const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
      response.end(JSON.stringify({ length, coding, body: await text(request) }));
    });
    await using proxy = await proxyServer([backend.url]);
    const withLength = await fetch(proxy.url, { method: 'POST', body: 'hello' });
    expect(await withLength.json()).toEqual({ length: '5', body: 'hello' });
    const chunked = await rawExchange(
      proxy.port,
      'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n',
    );
    expect(chunked).toContain('{"coding":"chunked","body":"abc"}');
  });
});

describe('Proxy: what the client gets', () => {
  it('gets status, fields and body of the answer, without the fields of the connection', async () => {
    await using backend = await rawUpstream((socket) => {
      socket.once('data', () =>
        socket.write(
          'HTTP/1.1 418 Teapot\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nConnection: X-Internal\r\nX-Internal: 1\r\n' +
            'Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Length: 3\r\n\r\ntea',
        ),
      );
    });
    await using proxy = await proxyServer([backend.url]);
    const answer = await rawExchange(
      proxy.port,
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Request-Id: test-request\r\n\r\n',
    );
    expect(answer).toBe(
      'HTTP/1.1 418 Teapot\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n' +
        'Content-Length: 3\r\nVia: 1.1 balanza\r\nX-Request-Id: test-request\r\nConnection: close\r\n\r\ntea',
    );
  });

  it('gets no body for HEAD, but the length that it would have', async () => {
    await using backend = await httpUpstream((_request, response) =>
      response.writeHead(200, { 'content-length': '1000' }).end(),
    );
    await using proxy = await proxyServer([backend.url]);
    const answer = await fetch(proxy.url, { method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([
      200,
      '1000',
      '',
    ]);
  });

  it('is answered before its body is sent, when the backend does not want it', async () => {
    await using backend = await httpUpstream((request, response) => {
      response.writeHead(413).end('too much');
      request.resume();
    });
    await using proxy = await proxyServer([backend.url]);
    const request = httpRequest(proxy.url, { method: 'POST', headers: { 'content-length': 50_000_000 } });
    request.on('error', () => undefined);
    request.write('x'.repeat(1_000_000));
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    expect([answer.statusCode, await text(answer)]).toEqual([413, 'too much']);
    request.destroy();
    await eventually(() => expect(proxy.backends[0]?.inFlight).toBe(0));
  });
});

describe('Proxy: streaming', () => {
  it('holds back a backend that sends faster than the client reads', async () => {
    let written = 0;
    const total = 256 * 1024 * 1024;
    const chunk = Buffer.alloc(1024 * 1024);
    await using backend = await httpUpstream(async (_request, response) => {
      for (; written < total && !response.destroyed; written += chunk.length) {
        if (!response.write(chunk)) await once(response, 'drain');
      }
      response.end();
    });
    await using proxy = await proxyServer([backend.url]);
    const request = httpRequest(proxy.url);
    request.end();
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    let before = -1;
    await eventually(async () => {
      before = written;
      await setTimeout(200);
      expect(written).toBe(before);
    });
    expect(written).toBeLessThan(total / 4);
    let received = 0;
    for await (const piece of answer) received += (piece as Buffer).length;
    expect(received).toBe(total);
  });

  it('holds back a client that sends faster than the backend reads', async () => {
    let read = 0;
    let go: () => void = () => undefined;
    await using backend = await httpUpstream((request, response) => {
      go = () =>
        request.on('data', (piece: Buffer) => (read += piece.length)).on('end', () => response.end('done'));
    });
    await using proxy = await proxyServer([backend.url]);
    const total = 128 * 1024 * 1024;
    const chunk = Buffer.alloc(1024 * 1024);
    let sent = 0;
    const request = httpRequest(proxy.url, { method: 'POST', headers: { 'content-length': total } });
    const sending = (async () => {
      for (; sent < total; sent += chunk.length) if (!request.write(chunk)) await once(request, 'drain');
      request.end();
    })();
    await eventually(async () => {
      const before = sent;
      await setTimeout(200);
      expect(before).toBeGreaterThan(0);
      expect(sent).toBe(before);
    });
    expect(sent).toBeLessThan(total / 4);
    go();
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    expect(await text(answer)).toBe('done');
    await sending;
    expect(read).toBe(total);
  });
});

describe('Proxy: when a side goes away', () => {
  it('frees the backend at once when the client leaves, before or during the answer', async () => {
    let asked = 0;
    let closed = 0;
    await using backend = await httpUpstream((request, response) => {
      asked++;
      response.on('close', () => closed++);
      if (request.url === '/during') response.write('begin');
    });
    await using proxy = await proxyServer([backend.url]);
    const leave = async (path: string, moment: (request: ClientRequest) => Promise<unknown>) => {
      const request = httpRequest(proxy.url + path);
      request.on('error', () => undefined);
      request.end();
      await moment(request);
      expect(proxy.backends[0]?.inFlight).toBe(1);
      request.destroy();
    };
    await leave('/before', () => eventually(() => expect(asked).toBe(1)));
    await eventually(() => expect([closed, proxy.backends[0]?.inFlight]).toEqual([1, 0]));
    await leave('/during', (request) => once(request, 'response'));
    await eventually(() => expect([closed, proxy.backends[0]?.inFlight]).toEqual([2, 0]));
    await eventually(() => expect(proxy.records.map(({ status }) => status)).toEqual([499, 200]));
  });

  it('cuts the client off when the backend breaks in the middle of its answer', async () => {
    await using backend = await rawUpstream((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'));
    });
    await using proxy = await proxyServer([backend.url]);
    const answer = await fetch(proxy.url);
    await expect(answer.text()).rejects.toThrow('terminated');
    await eventually(() => expect([proxy.backends[0]?.inFlight, proxy.backends[0]?.errors]).toEqual([0, 1]));
  });
});

describe('Proxy: errors', () => {
  it('goes on to the next backend when one cannot be reached, with the whole body', async () => {
    const [nobody] = await freePorts(1);
    await using backend = await httpUpstream(async (request, response) =>
      response.end((await text(request)).length.toString()),
    );
    await using proxy = await proxyServer([`http://127.0.0.1:${nobody}`, backend.url]);
    const answer = await fetch(proxy.url, { method: 'POST', body: 'x'.repeat(300_000) });
    expect([answer.status, await answer.text()]).toEqual([200, '300000']);
    expect(proxy.backends.map(({ errors, inFlight }) => [errors, inFlight])).toEqual([
      [1, 0],
      [0, 0],
    ]);
  });

  it('answers 502 when no backend can be reached', async () => {
    const [first, second] = await freePorts(2);
    await using proxy = await proxyServer([`http://127.0.0.1:${first}`, `http://127.0.0.1:${second}`]);
    const answer = await fetch(proxy.url);
    expect([answer.status, await answer.json()]).toEqual([502, ERROR_502]);
  });

  it.each([
    ['closes without an answer', ''],
    ['answers garbage', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['answers a head over the limit', `HTTP/1.1 200 OK\r\nX-Big: ${'a'.repeat(20_000)}\r\n\r\n`],
    [
      'answers with both Content-Length and Transfer-Encoding',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
  ])('answers 502 when the backend %s', async (_what, bytes) => {
    await using backend = await rawUpstream((socket) => socket.once('data', () => socket.end(bytes)));
    await using proxy = await proxyServer([backend.url]);
    const answer = await fetch(proxy.url);
    expect([answer.status, await answer.json()]).toEqual([502, ERROR_502]);
    expect(proxy.backends[0]?.inFlight).toBe(0);
  });

  it('answers 504 when the backend is too slow, and never asks another one', async () => {
    let asked = 0;
    await using slow = await rawUpstream((socket) => socket.once('data', () => asked++));
    await using proxy = await proxyServer([slow.url, slow.url], { timeouts: { backendHead: 300 } });
    const answer = await fetch(proxy.url);
    expect([answer.status, await answer.json(), asked]).toEqual([
      504,
      {
        error: 'The backend did not answer in time; try again later',
        request_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      },
      1,
    ]);
  });

  it('answers 503 with Retry-After when every backend has all it may have', async () => {
    await using backend = await httpUpstream(() => undefined);
    await using proxy = await proxyServer([backend.url], { maxInFlight: 1 });
    const first = httpRequest(proxy.url);
    first.on('error', () => undefined);
    first.end();
    await eventually(() => expect(proxy.backends[0]?.inFlight).toBe(1));
    const answer = await fetch(proxy.url);
    expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toEqual([
      503,
      '1',
      {
        error: 'Every backend has all the requests it may have; try again in a second',
        request_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      },
    ]);
    first.destroy();
  });

  it('answers 400 to two Host fields, and the backend hears nothing', async () => {
    let asked = 0;
    await using backend = await httpUpstream((_request, response) => response.end(String(asked++)));
    await using proxy = await proxyServer([backend.url]);
    const answer = await rawExchange(
      proxy.port,
      'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n',
    );
    expect([answer.split('\r\n', 1)[0], asked]).toEqual(['HTTP/1.1 400 Bad Request', 0]);
  });
});
