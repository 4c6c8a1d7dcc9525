import { describe, expect, it } from 'vitest';
import { CLOSE, forwarded, ok, relayed, request } from '../testing/messages.js';
import { proxyServer } from '../testing/proxy-server.js';
import { RawClient } from '../testing/raw-client.js';
import { scriptedBackend } from '../testing/scripted-backend.js';

const CHUNKED = 'Transfer-Encoding: chunked\r\n';
const BODY = '5;name=value\r\nhello\r\n0A\r\n, world!!\n\r\n000\r\nX-Sum: 1\r\nX-Other: \r\n\r\n';

/** The data of a chunked body that has no extensions and no trailers. */
function unchunk(body: string): string {
  let data = '';
  for (let at = 0; ;) {
    const lineEnd = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.slice(at, lineEnd), 16);
    if (size === 0) return data;
    data += body.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
  }
}

/** A backend that sends `response` in pieces of `size` bytes, and then a short one for each further request. */
function inPieces(response: string, size: number) {
  return scriptedBackend(async ({ earlier, socket }) => {
    if (earlier > 0) return ok('next');
    for (let at = 0; at < response.length; at += size) {
      socket.write(response.slice(at, at + size));
      await new Promise(setImmediate);
    }
    return '';
  });
}

describe('an answer', () => {
  it.each([
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n'],
    ['HEAD', `HTTP/1.1 200 OK\r\n${CHUNKED}\r\n`],
    ['HEAD', 'HTTP/1.1 200 OK\r\nX: no word of a body\r\n\r\n'],
    ['GET', 'HTTP/1.1 204 No Content\r\nX: y\r\n\r\n'],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\n\r\n'],
    ['GET', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
  ])(
    'to %s has no body where there is none by the rules, and the connections go on',
    async (method, head) => {
      await using backend = await scriptedBackend(({ earlier }) => (earlier === 0 ? head : ok('next')));
      await using proxy = await proxyServer([backend.url]);
      using client = await RawClient.connect(proxy.port);
      const expected = relayed(head) + relayed(ok('next'));
      client.send(request(`${method} /`) + request('GET /next'));
      expect(await client.read(expected)).toBe(expected);
      expect(backend.received).toEqual([forwarded(`${method} /`) + forwarded('GET /next')]);
    },
  );

  it('in chunks goes on byte for byte, extensions and trailers too, wherever its pieces end', async () => {
    const answer = `HTTP/1.1 200 OK\r\n${CHUNKED}Trailer: X-Sum\r\n\r\n${BODY}`;
    for (const size of [1, 3, answer.length]) {
      await using backend = await inPieces(answer, size);
      await using proxy = await proxyServer([backend.url]);
      using client = await RawClient.connect(proxy.port);
      const expected = relayed(answer) + relayed(ok('next'));
      expect(await client.send(request('GET /') + request('GET /')).read(expected)).toBe(expected);
      expect(backend.received).toHaveLength(1);
    }
  });

  it.each([
    ['as it is', '', ''],
    ['where the client wants trailers', 'TE: trailers\r\nConnection: TE\r\n', ''],
    ['of a field that Connection names', '', 'Connection: X-Private\r\n'],
  ])('in chunks goes on without what a client might read in another way: %s', async (_what, asked, said) => {
    const head = `HTTP/1.1 200 OK\r\n${CHUNKED}\r\n`;
    const body =
      '2 ;a=b\r\nhi\r\n3 \r\nyou\r\n0\r\nContent-Length: 9\r\nProxy-Status: x; error=connection_terminated\r\nX-Private: 1\r\nX-Sum: 1\r\n\r\n';
    const secret = said === '' ? 'X-Private: 1\r\n' : '';
    const passed = `2;a=b\r\nhi\r\n3\r\nyou\r\n0\r\nProxy-Status: x; error=connection_terminated\r\n${secret}X-Sum: 1\r\n\r\n`;
    const answer = `HTTP/1.1 200 OK\r\n${said}${CHUNKED}\r\n${body}`;
    for (const size of [1, 3, answer.length]) {
      await using backend = await inPieces(answer, size);
      await using proxy = await proxyServer([backend.url]);
      using client = await RawClient.connect(proxy.port);
      const expected = relayed(head + passed) + relayed(ok('next'));
      expect(await client.send(request('GET /', asked) + request('GET /')).read(expected)).toBe(expected);
      expect([backend.received.length, proxy.records[0]?.bytesSent]).toEqual([1, passed.length]);
      expect(proxy.backends[0]?.totals().errors).toBe(0);
    }
    await using backend = await scriptedBackend(() => answer);
    await using proxy = await proxyServer([backend.url]);
    using old = await RawClient.connect(proxy.port);
    const { text } = await old.send('GET / HTTP/1.0\r\nX-Request-Id: r1\r\n\r\n').readAll();
    expect(text).toBe(`${relayed('HTTP/1.1 200 OK\r\n\r\n', CLOSE)}hiyou`);
  });

  it.each([
    ['the same length twice', 'Content-Length: 2\r\nContent-Length: 2\r\n', 'hi', 'Content-Length: 2\r\n'],
    ['a list of the same length', 'Content-Length: 2, 2\r\n', 'hi', 'Content-Length: 2\r\n'],
    ['an empty element', 'Transfer-Encoding: , chunked\r\n', '2\r\nhi\r\n0\r\n\r\n', CHUNKED],
  ])('with %s goes on with one', async (_what, given, body, written) => {
    await using backend = await scriptedBackend(() => `HTTP/1.1 200 OK\r\n${given}A: b\r\n\r\n${body}`);
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const expected = relayed(`HTTP/1.1 200 OK\r\nA: b\r\n${written}\r\n${body}`);
    expect(await client.send(request('GET /')).read(expected)).toBe(expected);
  });

  it('that ends with the connection is given chunks', async () => {
    await using backend = await scriptedBackend(({ earlier, socket }) => {
      if (earlier === 0) socket.end('HTTP/1.1 200 OK\r\n\r\nuntil the end');
      else socket.end('HTTP/1.0 200 Fine\r\n\r\n');
    });
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const first = `${relayed('HTTP/1.1 200 OK\r\n\r\n').slice(0, -2)}${CHUNKED}\r\nd\r\nuntil the end\r\n0\r\n\r\n`;
    expect(await client.send(request('GET /')).read(first)).toBe(first);
    const { text } = await client.send(request('GET /', CLOSE)).readAll();
    expect(text).toMatch(/^HTTP\/1\.1 200 Fine\r\nVia: 1\.[01] balanza\r\nX-Request-Id: r1\r\n/);
    expect(text.endsWith(`\r\n${CHUNKED}${CLOSE}\r\n0\r\n\r\n`)).toBe(true);
  });

  it.each(['with a length', 'in chunks', 'until the connection ends'])(
    '%s arrives whole when it is large',
    async (form) => {
      const data = Array.from({ length: 40_000 }, (_, line) => `line ${line}\n`).join('');
      await using backend = await scriptedBackend(({ socket }) => {
        if (form === 'with a length') return ok(data);
        if (form === 'in chunks') {
          const chunk = `${data.length.toString(16)}\r\n${data}\r\n`;
          return `HTTP/1.1 200 OK\r\n${CHUNKED}\r\n${chunk}${chunk}0\r\n\r\n`;
        }
        socket.end(`HTTP/1.1 200 OK\r\n\r\n${data}`);
        return undefined;
      });
      await using proxy = await proxyServer([backend.url]);
      using client = await RawClient.connect(proxy.port);
      const { text, closed } = await client.send(request('GET /', CLOSE)).readAll();
      const body = text.slice(text.indexOf('\r\n\r\n') + 4);
      const whole = form === 'in chunks' ? data + data : data;
      expect([(form === 'with a length' ? body : unchunk(body)) === whole, closed]).toEqual([true, 'end']);
    },
  );
});

describe('a request', () => {
  it('in chunks goes on byte for byte, extensions and trailers too, wherever its pieces end', async () => {
    const message = request('POST /', CHUNKED, BODY);
    await using backend = await scriptedBackend(async ({ body }) => ok(await body));
    await using proxy = await proxyServer([backend.url]);
    for (const size of [1, 3, message.length]) {
      using client = await RawClient.connect(proxy.port);
      for (let at = 0; at < message.length; at += size) {
        client.send(message.slice(at, at + size));
        await new Promise(setImmediate);
      }
      expect(await client.read(relayed(ok(BODY)))).toBe(relayed(ok(BODY)));
    }
    expect(backend.received).toEqual([forwarded('POST /', CHUNKED, BODY).repeat(3)]);
  });

  it('with a length goes on as long as it is, and not a byte longer', async () => {
    const body = 'x'.repeat(200_000);
    await using backend = await scriptedBackend(async (received) => ok(`${(await received.body).length}`));
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const length = `Content-Length: ${body.length}\r\n`;
    const expected = relayed(ok('200000')) + relayed(ok('0'));
    client.send(request('PUT /', length, body) + request('GET /next'));
    expect(await client.read(expected)).toBe(expected);
    expect(backend.received).toEqual([forwarded('PUT /', length, body) + forwarded('GET /next')]);
  });

  it('that goes wrong in the middle of its body is answered 400, and the backend never sees it whole', async () => {
    await using backend = await scriptedBackend(async ({ body }) => ok(await body));
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    client.send(request('POST /', CHUNKED, '5\r\nhello\r\nZ\r\n') + request('GET /smuggled'));
    const { text, closed } = await client.readAll();
    expect([text.split('\r\n', 1)[0], text.split('HTTP/1.1 ').length - 1, closed]).toEqual([
      'HTTP/1.1 400 Bad Request',
      1,
      'end',
    ]);
    await proxy.idle();
    expect(backend.received.join('')).not.toContain('smuggled');
  });
});
