import { describe, expect, it } from 'vitest';
import { readRequest } from '../testing/scan.js';
import { Pseudonym } from './pseudonym.js';
import { RequestWriter } from './request-writer.js';

/** The field that would be random if the client did not give it. */
const GIVEN = 'X-Request-Id: my-id\r\n';

interface Peer {
  readonly address?: string;
  readonly trusted?: boolean;
}

function writerFor({ address = '192.0.2.1', trusted = false }: Peer = {}): RequestWriter {
  return new RequestWriter(address, trusted, () => '198.51.100.7:8000', new Pseudonym('balanza'));
}

/** What a backend gets for the request `head`, which lacks its empty line. */
function written(head: string, writer = writerFor()): string {
  const { scanner, request } = readRequest(`${head}\r\n`);
  return writer.write(scanner, request).toString('latin1');
}

/** What is added for a client at 192.0.2.1 that asks for `host`. */
const ADDED =
  'X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: a\r\n' +
  'Forwarded: for=192.0.2.1;host="a";proto=http\r\nVia: 1.1 balanza\r\n';
const ADDED_10 = ADDED.replace('Via: 1.1', 'Via: 1.0');
const HOSTLESS =
  'X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: http\r\nForwarded: for=192.0.2.1;proto=http\r\nVia: 1.0 balanza\r\n';

describe('RequestWriter', () => {
  it('passes on the line and the fields as they stood there, and adds what it knows', () => {
    const head = 'GET /b?c HTTP/1.1\r\nhOsT:a\r\nX-Two:  1 \r\nx-two:\t2\r\nEmpty:\r\nCookie: \xe4"=\r\n';
    expect(written(head + GIVEN)).toBe(`${head}${ADDED}${GIVEN}\r\n`);
  });

  it.each([
    [
      'an absolute target',
      'GET http://a/b?c HTTP/1.1\r\nHost: a\r\n',
      `GET /b?c HTTP/1.1\r\nHost: a\r\n${ADDED}`,
    ],
    [
      'the whole server as a URL',
      'OPTIONS http://a HTTP/1.1\r\nHost: a\r\n',
      `OPTIONS * HTTP/1.1\r\nHost: a\r\n${ADDED}`,
    ],
    ['HTTP/1.0', 'GET /b HTTP/1.0\r\nHost: a\r\n', `GET /b HTTP/1.1\r\nHost: a\r\n${ADDED_10}`],
    ['HTTP/1.0 with a URL alone', 'GET http://a/b HTTP/1.0\r\n', `GET /b HTTP/1.1\r\nHost: a\r\n${ADDED_10}`],
    [
      'HTTP/1.0 without Host',
      'GET /b HTTP/1.0\r\n',
      `GET /b HTTP/1.1\r\nHost: 198.51.100.7:8000\r\n${HOSTLESS}`,
    ],
    [
      'HTTP/1.0 without Host but other fields',
      'GET /b HTTP/1.0\r\nX: y\r\n',
      `GET /b HTTP/1.1\r\nHost: 198.51.100.7:8000\r\nX: y\r\n${HOSTLESS}`,
    ],
    ['an empty line in front', '\r\nGET / HTTP/1.1\r\nHost: a\r\n', `GET / HTTP/1.1\r\nHost: a\r\n${ADDED}`],
  ])('writes the line and the host of %s as HTTP/1.1 has them', (_what, head, expected) => {
    expect(written(head + GIVEN)).toBe(`${expected}${GIVEN}\r\n`);
  });

  it('leaves out the fields of the connection, those that it names, and every claim about earlier hops', () => {
    const dropped = [
      'Connection: close, X-Private, keep-alive',
      'Keep-Alive: timeout=5',
      'Proxy-Connection: keep-alive',
      'Proxy-Authorization: Basic x',
      'Proxy-Authenticate: Basic',
      'TE: trailers',
      'Upgrade: websocket',
      'HTTP2-Settings: x',
      'x-PRIVATE: 1',
      'X-Forwarded-For: 203.0.113.9',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: evil',
      'X-Forwarded-Port: 1',
      'X-Forwarded-Prefix: /evil',
      'Forwarded: for=evil',
      'X_Forwarded_For: 203.0.113.9',
      'Content_Length: 5',
      'Transfer_Encoding: chunked',
    ].map((field) => `${field}\r\n`);
    const line = 'GET / HTTP/1.1\r\n';
    const kept = 'Host: a\r\nAccept: */*\r\n';
    expect(written(`${line}${dropped.join('')}${kept}${GIVEN}`)).toBe(`${line}${kept}${ADDED}${GIVEN}\r\n`);
    expect(written(`${line}${kept}${GIVEN}${dropped.join('')}`)).toBe(`${line}${kept}${ADDED}${GIVEN}\r\n`);
    const apart = dropped.map((field, index) => `${field}K${index}: v\r\n`).join('');
    const keptApart = dropped.map((_, index) => `K${index}: v\r\n`).join('');
    expect(written(`${line}Host: a\r\n${apart}${GIVEN}`)).toBe(
      `${line}Host: a\r\n${keptApart}${ADDED}${GIVEN}\r\n`,
    );
  });

  it('never leaves out Host, the length or who the client is because Connection names them', () => {
    const nominating =
      'Connection: Host, Content-Length, X-Forwarded-For, X-Forwarded-Port, Forwarded, Via\r\n';
    const head = 'POST / HTTP/1.1\r\nHost: a\r\n';
    expect(written(`${head}${nominating}Content-Length: 3\r\n${GIVEN}`)).toBe(
      `${head}Content-Length: 3\r\n${ADDED}${GIVEN}\r\n`,
    );
  });

  it.each([
    ['Content-Length:\t007 \t', 'Content-Length: 7'],
    ['content-length:0', 'Content-Length: 0'],
    ['TRANSFER-ENCODING:\tCHUNKED ', 'Transfer-Encoding: chunked'],
  ])('writes %j in the one form that every backend reads', (given, expected) => {
    const line = 'POST / HTTP/1.1\r\n';
    expect(written(`${line}${given}\r\nHost: a\r\n${GIVEN}`)).toBe(
      `${line}Host: a\r\n${expected}\r\n${ADDED}${GIVEN}\r\n`,
    );
  });

  it('passes on an upgrade', () => {
    const line = 'GET / HTTP/1.1\r\nHost: a\r\n';
    expect(written(`${line}Connection: Upgrade, X\r\nUpgrade: websocket\r\nX: y\r\n${GIVEN}`)).toBe(
      `${line}Connection: Upgrade\r\nUpgrade: websocket\r\n${ADDED}${GIVEN}\r\n`,
    );
  });

  it('drops an upgrade to HTTP/2, which would go past everything that is checked', () => {
    const line = 'GET / HTTP/1.1\r\nHost: a\r\n';
    expect(
      written(`${line}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n${GIVEN}`),
    ).toBe(`${line}${ADDED}${GIVEN}\r\n`);
  });

  it('adds itself behind earlier proxies in Via, but believes nothing else that a stranger says', () => {
    const head = 'GET / HTTP/1.1\r\nHost: a\r\n';
    expect(
      written(`${head}Via: 1.0 x, 1.1 y\r\nX-Forwarded-For: 203.0.113.9\r\n${GIVEN}Via: 1.1 z\r\n`),
    ).toBe(`${head}${ADDED.replace('Via: ', 'Via: 1.0 x, 1.1 y, 1.1 z, ')}${GIVEN}\r\n`);
    expect(written(`${head}Via:\r\n${GIVEN}`)).toBe(`${head}${ADDED}${GIVEN}\r\n`);
  });

  it('adds to what a trusted peer says of earlier hops', () => {
    const head = 'GET / HTTP/1.1\r\nHost: a\r\n';
    const hops =
      'X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop\r\n' +
      'X-Forwarded-For: 203.0.113.10\r\nForwarded: for=203.0.113.9\r\n';
    expect(
      written(
        `${head}X-Forwarded-Port: 443\r\nX_Forwarded_For: x\r\n${hops}${GIVEN}`,
        writerFor({ trusted: true }),
      ),
    ).toBe(
      `${head}X-Forwarded-Port: 443\r\nX-Forwarded-For: 203.0.113.9, 203.0.113.10, 192.0.2.1\r\nX-Forwarded-Proto: https\r\n` +
        'X-Forwarded-Host: shop\r\nForwarded: for=203.0.113.9, for=192.0.2.1;host="a";proto=http\r\n' +
        `Via: 1.1 balanza\r\n${GIVEN}\r\n`,
    );
  });

  it('adds the same for a trusted peer that says nothing', () => {
    const head = 'GET / HTTP/1.1\r\nHost: a\r\n';
    const writer = writerFor({ trusted: true });
    expect(written(`${head}${GIVEN}`, writer)).toBe(`${head}${ADDED}${GIVEN}\r\n`);
    expect(written(`${head}X-Forwarded-For:\r\nX-Forwarded-Proto:\r\nForwarded:\r\n${GIVEN}`, writer)).toBe(
      `${head}${ADDED}${GIVEN}\r\n`,
    );
  });

  it('writes an IPv6 client in quotes and brackets where RFC 7239 wants them', () => {
    const head = 'GET / HTTP/1.1\r\nHost: [::2]:80\r\n';
    expect(written(head + GIVEN, writerFor({ address: '2001:db8::1' }))).toBe(
      `${head}X-Forwarded-For: 2001:db8::1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: [::2]:80\r\n` +
        `Forwarded: for="[2001:db8::1]";host="[::2]:80";proto=http\r\nVia: 1.1 balanza\r\n${GIVEN}\r\n`,
    );
  });

  it('tells each request of a connection the host and the version that it came with', () => {
    const writer = writerFor();
    const host = (name: string) => ADDED.replace('Host: a', `Host: ${name}`).replace('"a"', `"${name}"`);
    for (const name of ['b', 'c', 'c', 'b']) {
      const head = `GET / HTTP/1.1\r\nHost: ${name}\r\n`;
      expect(written(head + GIVEN, writer)).toBe(`${head}${host(name)}${GIVEN}\r\n`);
    }
    expect(written(`GET / HTTP/1.0\r\nHost: b\r\n${GIVEN}`, writer)).toBe(
      `GET / HTTP/1.1\r\nHost: b\r\n${host('b').replace('Via: 1.1', 'Via: 1.0')}${GIVEN}\r\n`,
    );
  });

  it('gives a request an id where it has none, or none that can be used', () => {
    const head = 'GET / HTTP/1.1\r\nHost: a\r\n';
    for (const useless of [
      '',
      'X-Request-Id:\r\n',
      'X-Request-Id: a b\r\n',
      `X-Request-Id: ${'x'.repeat(129)}\r\n`,
      `${GIVEN}${GIVEN}`,
    ]) {
      const writer = writerFor();
      const ids = [1, 2].map(() => {
        const text = written(head + useless, writer);
        const id = /X-Request-Id: ([0-9a-f]{32})\r\n\r\n$/.exec(text)?.[1];
        expect([useless, text]).toEqual([useless, `${head}${ADDED}X-Request-Id: ${id}\r\n\r\n`]);
        expect(writer.requestId).toBe(id);
        return id;
      });
      expect(new Set(ids).size).toBe(2);
    }
  });

  it.each([
    ['none', ''],
    ['a recorded one', 'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n'],
    ['one with vendor state', 'TraceParent: 00-4bf9-00f0-00\r\ntracestate: a=b\r\ntracestate: c=d\r\n'],
    ['two that contradict each other', 'traceparent: x\r\ntraceparent:\r\n'],
  ])('passes on the trace as it came: %s', (_what, fields) => {
    const head = `GET / HTTP/1.1\r\nHost: a\r\n${fields}`;
    expect(written(head + GIVEN)).toBe(`${head}${ADDED}${GIVEN}\r\n`);
    expect(written(head + GIVEN, writerFor({ trusted: true }))).toBe(`${head}${ADDED}${GIVEN}\r\n`);
    expect(written(head)).toMatch(new RegExp(`^${head}${ADDED}X-Request-Id: [0-9a-f]{32}\r\n\r\n$`));
  });

  it('remembers the id of the request written last', () => {
    const writer = writerFor();
    written(`GET / HTTP/1.1\r\nHost: a\r\n${GIVEN}`, writer);
    expect(writer.requestId).toBe('my-id');
  });
});
