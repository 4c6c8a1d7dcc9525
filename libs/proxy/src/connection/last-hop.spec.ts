import { describe, expect, it } from 'vitest';
import { DATE, forwarded, ok, relayed, request } from '../testing/messages.js';
import { proxyServer } from '../testing/proxy-server.js';
import { RawClient } from '../testing/raw-client.js';
import { scriptedBackend } from '../testing/scripted-backend.js';

const ID = 'X-Request-Id: r1\r\n';
const OPTIONS = `HTTP/1.1 200 OK\r\n${DATE}Content-Length: 0\r\n${ID}\r\n`;

describe('Max-Forwards', () => {
  it.each(['OPTIONS /a', 'OPTIONS *', 'TRACE /a'])('of %s is one less at the backend', async (start) => {
    await using backend = await scriptedBackend(() => ok('there'));
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const expected = relayed(ok('there'));
    for (const [hops, left] of [
      ['1', '0'],
      ['0010', '9'],
    ])
      expect(
        await client.send(request(start, `Max-Forwards: ${hops}\r\nX: y\r\n`)).read(expected),
        `${hops} becomes ${left}`,
      ).toBe(expected);
    expect(backend.received).toEqual([
      forwarded(start, 'X: y\r\nMax-Forwards: 0\r\n') + forwarded(start, 'X: y\r\nMax-Forwards: 9\r\n'),
    ]);
  });

  it('of other methods passes as it came', async () => {
    await using backend = await scriptedBackend(() => ok('there'));
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    await client.send(request('GET /', 'Max-Forwards: 0\r\n')).read(relayed(ok('there')));
    expect(backend.received).toEqual([forwarded('GET /', 'Max-Forwards: 0\r\n')]);
  });

  it('of 0 has OPTIONS answered by the proxy, and the connection goes on', async () => {
    await using backend = await scriptedBackend(() => ok('there'));
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    for (const start of ['OPTIONS *', 'OPTIONS /a'])
      expect(await client.send(request(start, 'Max-Forwards: 0\r\n')).read(OPTIONS)).toBe(OPTIONS);
    expect([backend.received, proxy.records.map(({ status }) => status)]).toEqual([[], [200, 200]]);
  });

  it('of 0 has TRACE answered by the proxy, with the request as it came and without what is secret in it', async () => {
    await using backend = await scriptedBackend(() => ok('there'));
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const secrets = 'Authorization: Bearer t\r\nCookie: a=b\r\nX-Api-Key: k\r\n';
    const fields = 'Max-Forwards: 0\r\nVia: 1.1 first\r\nX: \xe4\r\n';
    const trace = request('TRACE /a', fields);
    const expected =
      `HTTP/1.1 200 OK\r\n${DATE}Content-Type: message/http\r\nContent-Length: ${trace.length}\r\n${ID}\r\n` +
      trace;
    expect(await client.send(request('TRACE /a', secrets + fields)).read(expected)).toBe(expected);
    expect(backend.received).toEqual([]);
  });
});

describe('In redirect mode', () => {
  it('OPTIONS * is answered by the proxy: there is no address for it', async () => {
    await using proxy = await proxyServer(['http://one:1'], { mode: 'redirect' });
    using client = await RawClient.connect(proxy.port);
    for (const start of ['OPTIONS *', 'OPTIONS http://a'])
      expect(await client.send(request(start)).read(OPTIONS)).toBe(OPTIONS);
  });
});

describe('A request that asks for what this proxy does not know', () => {
  it.each(['BREW', 'get', 'M-SEARCH'])('has its method %s passed on, once', async (method) => {
    await using backend = await scriptedBackend(({ socket }) => void socket.destroy());
    await using other = await scriptedBackend(() => ok('there'));
    await using proxy = await proxyServer([backend.url, other.url], { policy: { retry: { max: 2 } } });
    using client = await RawClient.connect(proxy.port);
    expect(await client.send(request(`${method} /a`)).read('HTTP/1.1 502')).toMatch(/^HTTP\/1.1 502 /);
    expect([backend.received, other.received]).toEqual([[forwarded(`${method} /a`)], []]);
    const expected = relayed(ok('there'));
    expect(await client.send(request(`${method} /b`)).read(expected)).toBe(expected);
  });

  it('gets 501 for a transfer coding', async () => {
    await using proxy = await proxyServer([]);
    using client = await RawClient.connect(proxy.port);
    const { text, closed } = await client
      .send(request('POST /', 'Transfer-Encoding: br, chunked\r\n'))
      .readAll();
    const body = '{"error":"Transfer-Encoding is not exactly \\"chunked\\""}';
    const fields = `Content-Type: application/json; charset=utf-8\r\nContent-Length: ${body.length}\r\n`;
    expect([text, closed]).toEqual([
      `HTTP/1.1 501 Not Implemented\r\n${DATE}${fields}Connection: close\r\n\r\n${body}`,
      'end',
    ]);
  });
});
