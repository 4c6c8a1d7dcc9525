import { httpUpstream } from '@balanza/testing';
import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { CLOSE, DATE, ok, relayed, request } from '../testing/messages.js';
import { CLAIMS } from '../message/field-names.js';
import { proxyServer, type ProxyServer } from '../testing/proxy-server.js';
import { RawClient } from '../testing/raw-client.js';
import { scriptedBackend } from '../testing/scripted-backend.js';

const NEW_ID = expect.stringMatching(/^[0-9a-f]{32}$/) as string;
const TOLD =
  'X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example\r\n' +
  'Forwarded: for=203.0.113.7;host="shop.example";proto=https\r\nVia: 1.0 edge\r\n';

/** What a backend is told, of a request with these fields. */
async function told(fields: string, options: Parameters<typeof proxyServer>[1] = {}) {
  await using backend = await httpUpstream(({ method, url, headers }, response) => {
    response.end(JSON.stringify({ method, url, headers }));
  });
  await using proxy: ProxyServer = await proxyServer([backend.url], options);
  using client = await RawClient.connect(proxy.port);
  client.send(`PATCH /a/b?c=%20d HTTP/1.1\r\nHost: a\r\n${fields}${CLOSE}\r\n`);
  const { text } = await client.readAll();
  return JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)) as {
    method: string;
    url: string;
    headers: IncomingHttpHeaders;
  };
}

describe('a backend', () => {
  it('gets the address that the client connected to for the host that HTTP/1.0 need not name', async () => {
    await using backend = await httpUpstream(({ headers }, response) => response.end(headers.host));
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const { text } = await client.send('GET / HTTP/1.0\r\n\r\n').readAll();
    expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toBe(`127.0.0.1:${proxy.port}`);
  });

  it('gets method, target and fields as they are, and where they come from', async () => {
    expect(await told('Authorization: Bearer t\r\nX-CasEd: 1\r\nCookie: a=1\r\n')).toEqual({
      method: 'PATCH',
      url: '/a/b?c=%20d',
      headers: {
        host: 'a',
        authorization: 'Bearer t',
        'x-cased': '1',
        cookie: 'a=1',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'http',
        'x-forwarded-host': 'a',
        forwarded: 'for=127.0.0.1;host="a";proto=http',
        via: '1.1 balanza',
        'x-request-id': NEW_ID,
      },
    });
  });

  it('gets nothing of what speaks of the connection, and no less because of it', async () => {
    const { headers } = await told(
      'Connection: close, X-Private, Host, X-Forwarded-For, X-Request-Id\r\nX-Private: secret\r\nTE: trailers\r\n' +
        'Keep-Alive: timeout=5\r\nProxy-Authorization: Basic x\r\nProxy-Connection: keep-alive\r\nUpgrade: h2c\r\n',
    );
    expect(Object.keys(headers).toSorted()).toEqual([
      'forwarded',
      'host',
      'via',
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded-proto',
      'x-request-id',
    ]);
  });

  it('learns the client’s address from this proxy alone, unless the peer is trusted', async () => {
    const claimed = CLAIMS.map((name) => `${name}: 203.0.113.7\r\n`).join('');
    const disguised = 'X_Real_IP: 203.0.113.7\r\n';
    const { headers: byAnyone } = await told(claimed + disguised);
    expect(JSON.stringify(byAnyone)).not.toContain('203.0.113.7');
    expect(byAnyone['x-forwarded-for']).toBe('127.0.0.1');
    const { headers: byTrusted } = await told(claimed + disguised, { isTrusted: () => true });
    expect(byTrusted).toMatchObject(Object.fromEntries(CLAIMS.map((name) => [name, '203.0.113.7'])));
    expect(byTrusted).not.toHaveProperty('x_real_ip');
  });

  it('is told of earlier hops only where the peer is trusted', async () => {
    const { headers: byAnyone } = await told(TOLD);
    expect(byAnyone).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'a',
      forwarded: 'for=127.0.0.1;host="a";proto=http',
      via: '1.0 edge, 1.1 balanza',
    });
    const { headers: byTrusted } = await told(TOLD, { isTrusted: (address) => address === '127.0.0.1' });
    expect(byTrusted).toMatchObject({
      'x-forwarded-for': '203.0.113.7, 127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'shop.example',
      forwarded: 'for=203.0.113.7;host="shop.example";proto=https, for=127.0.0.1;host="a";proto=http',
      via: '1.0 edge, 1.1 balanza',
    });
  });

  it.each([
    ['kept', 'X-Request-Id: order-17\r\n', 'order-17'],
    ['replaced where it is none', 'X-Request-Id: "><script>\r\n', NEW_ID],
  ])('gets an id of the request: %s', async (_what, fields, expected) => {
    const { headers } = await told(fields);
    expect(headers['x-request-id']).toEqual(expected);
  });

  it.each([
    ['none where none came', '', {}],
    [
      'what came',
      'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\ntracestate: a=b,c=d\r\n',
      {
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        tracestate: 'a=b,c=d',
      },
    ],
    ['what came, whatever it is', 'traceparent: 00-0-0-01\r\n', { traceparent: '00-0-0-01' }],
  ])('gets of a trace %s', async (_what, fields, expected) => {
    const { traceparent, tracestate } = (await told(fields)).headers;
    expect({ traceparent, tracestate }).toEqual(expected);
  });
});

describe('a client', () => {
  it('gets status, reason and fields as they are, and nothing of what speaks of the connection', async () => {
    const head = 'HTTP/1.1 418 Short and stout\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n';
    const hidden =
      'Connection: X-Internal\r\nX-Internal: 1\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\n';
    await using backend = await scriptedBackend(() => `${head}${hidden}Content-Length: 3\r\n\r\ntea`);
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const expected = relayed(`${head}Content-Length: 3\r\n\r\ntea`);
    expect(await client.send(request('GET /')).read(expected)).toBe(expected);
  });

  it('gets the id that the backend gave, if it gave one', async () => {
    await using backend = await scriptedBackend(() => ok('', 'X-Request-Id: theirs\r\n'));
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const expected = `${ok('', 'X-Request-Id: theirs\r\n').slice(0, -2)}Via: 1.1 balanza\r\n${DATE}\r\n`;
    expect(await client.send(request('GET /')).read(expected)).toBe(expected);
  });

  it('gets the date that the backend gave, and one where it gave none, also with errors of the proxy', async () => {
    let answers = 0;
    const dated = 'Date: Tue, 15 Nov 1994 08:12:31 GMT\r\n';
    await using backend = await scriptedBackend(() => ok('x', answers++ === 0 ? dated : ''));
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const own = relayed(ok('x', dated));
    expect(own).not.toContain(DATE);
    expect(await client.send(request('GET /')).read(own)).toBe(own);
    const undated = relayed(ok('x'));
    expect(undated).toContain(DATE);
    expect(await client.send(request('GET /')).read(undated)).toBe(undated);
    const { text } = await client.send('no request\r\n\r\n').readAll();
    expect(text).toContain(`HTTP/1.1 400 Bad Request\r\n${DATE}`);
  });

  it('gets the system’s time where nothing else is said', async () => {
    await using backend = await scriptedBackend(() => ok('x'));
    await using proxy = await proxyServer([backend.url], { wallClock: Date.now });
    const before = Math.floor(Date.now() / 1_000) * 1_000;
    const date = Date.parse((await fetch(proxy.url)).headers.get('date') ?? '');
    expect(date).toBeGreaterThanOrEqual(before);
    expect(date).toBeLessThanOrEqual(Date.now());
  });

  it('is told to what it has to upgrade', async () => {
    const line = 'HTTP/1.1 426 Upgrade Required\r\n';
    const upgrade = 'Connection: Upgrade\r\nUpgrade: foo/2\r\n';
    await using backend = await scriptedBackend(() => `${line}${upgrade}Content-Length: 2\r\n\r\nno`);
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const expected = relayed(`${line}Content-Length: 2\r\n\r\nno`, upgrade);
    expect(await client.send(request('GET /')).read(expected)).toBe(expected);
  });

  it('gets a status that HTTP does not have as it is, and the backend is blamed as for 500', async () => {
    const odd = 'HTTP/1.1 701 Odd\r\nContent-Length: 2\r\n\r\nno';
    await using backend = await scriptedBackend(() => odd);
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    expect(await client.send(request('GET /')).read(relayed(odd))).toBe(relayed(odd));
    await proxy.idle();
    const { errors, statuses } = proxy.backends[0]?.totals() ?? {};
    expect([errors, statuses]).toEqual([1, new Map([[701, 1]])]);
  });
});
