import { eventually } from '@balanza/testing';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { DEFAULT_BODY_LIMITS } from '../body-limits.js';
import {
  CLOSE,
  DATE,
  forwarded,
  ok,
  OVERLOADED,
  refused,
  relayed,
  request,
  REQUEST_TIMEOUT,
} from '../testing/messages.js';
import { proxyServer, type ProxyServer, type ProxyServerOptions } from '../testing/proxy-server.js';
import { RawClient } from '../testing/raw-client.js';
import { scriptedBackend, type ScriptedBackend } from '../testing/scripted-backend.js';
import { standstill } from '../testing/standstill.js';

/** A deadline may be this late, and is never early. */
const LATE = 200;
const GRACE = DEFAULT_BODY_LIMITS.graceMs;
const TEN = 'Content-Length: 10\r\n';
const CHUNKED = 'Transfer-Encoding: chunked\r\n';

interface System extends AsyncDisposable {
  readonly backend: ScriptedBackend;
  readonly proxy: ProxyServer;
  connect(): Promise<RawClient>;
}

/** A proxy with the limits of production in front of a backend that answers each request once its body is there. */
async function system(options: ProxyServerOptions = {}): Promise<System> {
  await using stack = new AsyncDisposableStack();
  const backend = stack.use(
    await scriptedBackend(async ({ body, earlier }) => ok(`${earlier}: ${(await body).length}`)),
  );
  const proxy = stack.use(await proxyServer([backend.url], { bodies: {}, ...options }));
  // Time passes as a test says, however slow the machine is.
  proxy.plane.deadlines.stop();
  const clients = stack.use(new DisposableStack());
  const owned = stack.move();
  return {
    backend,
    proxy,
    connect: async () => clients.use(await RawClient.connect(proxy.port)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What a client gets of the answer to its request, the `earlier`th, with so many bytes of body. */
const answer = (earlier: number, bytes: number) => relayed(ok(`${earlier}: ${bytes}`));

/** Waits until so many bytes are read ahead of their requests. */
const ahead = ({ plane }: ProxyServer, bytes: number) =>
  eventually(() => expect(plane.aheadMemory.used).toBe(bytes));

describe('a body that comes slowly', () => {
  it.each([
    ['of known length', TEN, ['h', 'e'], 2],
    ['in chunks', CHUNKED, ['a', '\r\nhe'], 5],
    ['of HTTP/1.0', TEN, ['h', 'e'], 2],
    ['of a request to switch protocols', `${TEN}Connection: upgrade\r\nUpgrade: x\r\n`, ['h', 'e'], 2],
  ])(
    '%s holds no place at a backend, and gets 408 when its time is over',
    async (what, fields, pieces, bytes) => {
      await using slow = await system({ policy: { limits: { maxInFlight: 1, queueLength: 0 } } });
      const { backend, proxy } = slow;
      const dripping = await slow.connect();
      const other = await slow.connect();
      const head = request('POST /', fields);
      dripping.send(what === 'of HTTP/1.0' ? head.replace('HTTP/1.1', 'HTTP/1.0') : head);
      let sent = 0;
      for (const piece of pieces) {
        dripping.send(piece);
        await ahead(proxy, (sent += piece.length));
      }
      expect(sent).toBe(bytes);
      expect(await other.send(request('GET /')).read(answer(0, 0))).toBe(answer(0, 0));
      proxy.pass(GRACE - 100);
      expect(dripping.isClosed).toBe(false);
      proxy.pass(100 + LATE);
      expect(await dripping.readAll()).toEqual({ text: REQUEST_TIMEOUT, closed: 'end' });
      expect([proxy.plane.aheadMemory.used, proxy.backends[0]?.inFlight]).toEqual([0, 0]);
      expect(backend.received).toEqual([forwarded('GET /')]);
      expect(proxy.records.map(({ status }) => status)).toEqual([200, 408]);
    },
  );

  it('gets 408 where its head was long ago, though another byte comes every second', async () => {
    await using slow = await system();
    const { proxy } = slow;
    const client = await slow.connect();
    client.send(request('POST /', 'Content-Length: 1000\r\n'));
    for (let second = 1; second <= 5; second++) {
      client.send('x');
      await ahead(proxy, second);
      proxy.pass(999);
    }
    expect(client.isClosed).toBe(false);
    proxy.pass(LATE);
    expect(await client.readAll()).toEqual({ text: REQUEST_TIMEOUT, closed: 'end' });
  });

  it('goes to a backend in one piece as soon as it is whole, and the connection goes on', async () => {
    await using slow = await system();
    const { backend, proxy } = slow;
    const client = await slow.connect();
    client.send(request('POST /a', TEN, 'hel'));
    await ahead(proxy, 3);
    client.send('lo');
    await ahead(proxy, 5);
    expect(backend.received).toEqual([]);
    client.send(`world${request('POST /b', CHUNKED, '3\r\nab')}`);
    expect(await client.read(answer(0, 10))).toBe(answer(0, 10));
    await ahead(proxy, 5);
    client.send(`c\r\n0\r\n\r\n${request('GET /c')}`);
    expect(await client.read(answer(1, 13) + answer(2, 0))).toBe(answer(1, 13) + answer(2, 0));
    const bodies = [
      forwarded('POST /a', TEN, 'helloworld'),
      forwarded('POST /b', CHUNKED, '3\r\nabc\r\n0\r\n\r\n'),
    ];
    expect(backend.received).toEqual([[...bodies, forwarded('GET /c')].join('')]);
    expect(proxy.plane.aheadMemory.used).toBe(0);
  });

  it('may come byte by byte', async () => {
    await using slow = await system();
    const client = await slow.connect();
    client.socket.setNoDelay(true);
    for (const byte of request('POST /', CHUNKED, '5\r\nhello\r\n5;a=b\r\nworld\r\n0\r\nX: y\r\n\r\n')) {
      client.send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await client.read(answer(0, 35))).toBe(answer(0, 35));
  });

  it('is passed on as it comes once the first part of it is there that is read ahead', async () => {
    await using slow = await system({ bodies: { bufferBytes: 8 } });
    const { backend, proxy } = slow;
    const client = await slow.connect();
    client.send(request('POST /', TEN, 'hellowo'));
    await ahead(proxy, 7);
    expect(backend.received).toEqual([]);
    client.send('r');
    await eventually(() => expect(backend.received).toEqual([forwarded('POST /', TEN, 'hellowor')]));
    expect([proxy.plane.aheadMemory.used, proxy.backends[0]?.inFlight]).toEqual([0, 1]);
    expect(await client.send('ld').read(answer(0, 10))).toBe(answer(0, 10));
  });

  it('is passed on as it comes where all bodies together have no room', async () => {
    await using slow = await system({ bodies: { bufferTotalBytes: 8 } });
    const { backend, proxy } = slow;
    const first = await slow.connect();
    const second = await slow.connect();
    first.send(request('POST /', TEN, 'hello'));
    await ahead(proxy, 5);
    second.send(request('POST /', TEN, 'hell'));
    await eventually(() => expect(backend.received).toEqual([forwarded('POST /', TEN, 'hell')]));
    expect(await second.send('oworld').read(answer(0, 10))).toBe(answer(0, 10));
    expect(await first.send('world').read(answer(1, 10))).toBe(answer(1, 10));
    expect(proxy.plane.aheadMemory.used).toBe(0);
  });

  it('is not waited for where the client waits for a word of the backend', async () => {
    const expecting = `Expect: 100-continue\r\n${TEN}`;
    await using backend = await scriptedBackend(({ socket, body }) => {
      socket.write('HTTP/1.1 100 Continue\r\n\r\n');
      return body.then((text) => ok(text));
    });
    await using proxy = await proxyServer([backend.url], { bodies: {} });
    using client = await RawClient.connect(proxy.port);
    const interim = relayed('HTTP/1.1 100 Continue\r\n\r\n');
    expect(await client.send(request('POST /', expecting)).read(interim)).toBe(interim);
    proxy.pass(GRACE - 100);
    expect(await client.send('helloworld').read(relayed(ok('helloworld')))).toBe(relayed(ok('helloworld')));
    // Told to go on, it has no more time than others.
    expect(await client.send(request('POST /', expecting)).read(interim)).toBe(interim);
    proxy.pass(GRACE + LATE);
    expect(await client.readAll()).toEqual({ text: REQUEST_TIMEOUT, closed: 'end' });
  });

  it('is not waited for to send the client elsewhere', async () => {
    await using slow = await system({ mode: 'redirect' });
    const client = await slow.connect();
    const location = `Location: ${slow.backend.url}/a\r\n`;
    const head = `HTTP/1.1 307 Temporary Redirect\r\n${DATE}Content-Length: 0\r\nX-Request-Id: r1\r\n`;
    const expected = `${head}${location}\r\n`;
    expect(await client.send(request('POST /a', TEN, 'hello')).read(expected)).toBe(expected);
  });

  it('in chunks that are none gets 400 before a backend hears of it', async () => {
    await using slow = await system();
    const client = await slow.connect();
    client.send(request('POST /', CHUNKED, '5\r\nhel'));
    await ahead(slow.proxy, 6);
    const error = 'The request is not valid HTTP/1.1: a chunk size has something that is not hexadecimal';
    const { text, closed } = await client.send('lo\r\n5x').readAll();
    expect([text, closed]).toEqual([refused('400 Bad Request', error, '', CLOSE), 'end']);
    expect([slow.backend.received, slow.proxy.plane.aheadMemory.used]).toEqual([[], 0]);
  });

  it.each(['leaves', 'says that it sends nothing more'])(
    'holds nothing any more when its client %s',
    async (how) => {
      await using slow = await system();
      const { proxy } = slow;
      const client = await slow.connect();
      client.send(request('POST /', TEN, 'hello'));
      await ahead(proxy, 5);
      if (how === 'leaves') client.reset();
      else client.end();
      await eventually(() => expect(proxy.records.map(({ status }) => status)).toEqual([499]));
      expect([slow.backend.received, proxy.plane.aheadMemory.used]).toEqual([[], 0]);
    },
  );

  it('may meet backends that have no room once it is whole', async () => {
    await using slow = await system({ policy: { limits: { maxInFlight: 1, queueLength: 0 } } });
    const holder = await slow.connect();
    holder.send(request('POST /', `Expect: 100-continue\r\n${TEN}`));
    await eventually(() => expect(slow.proxy.backends[0]?.inFlight).toBe(1));
    const client = await slow.connect();
    client.send(request('POST /', TEN, 'hello'));
    await ahead(slow.proxy, 5);
    expect(await client.send(`world`).read(OVERLOADED)).toBe(OVERLOADED);
    expect(await holder.send('helloworld').read(answer(0, 10))).toBe(answer(0, 10));
    expect(await client.send(request('GET /')).read(answer(1, 0))).toBe(answer(1, 0));
  });
});

describe('bodies that are on their way to a backend', () => {
  const LONG = 'Content-Length: 100\r\n';
  const limits = { maxInFlight: 4, queueLength: 0 };
  /** Sends a request whose body is longer than what is read ahead, and waits until it holds a place, the `count`th. */
  async function long(slow: System, count: number): Promise<RawClient> {
    const client = await slow.connect();
    client.send(request('POST /', LONG, 'hello'));
    await eventually(() => expect(slow.proxy.backends[0]?.inFlight).toBe(count));
    return client;
  }

  it.each([
    ['beyond what is read ahead', LONG, 'hello'],
    ['in chunks', CHUNKED, '64\r\nhello'],
    ['that the client holds back', `Expect: 100-continue\r\n${LONG}`, ''],
  ])('hold half of the places and no more: %s', async (_what, fields, body) => {
    await using slow = await system({ bodies: { bufferBytes: 5 }, policy: { limits } });
    const first = await long(slow, 1);
    await long(slow, 2);
    const third = await slow.connect();
    expect(await third.send(request('POST /', fields, body)).read(OVERLOADED)).toMatch(/^HTTP\/1.1 503 /);
    const other = await slow.connect();
    expect(await other.send(request('GET /')).read(answer(2, 0))).toBe(answer(2, 0));
    expect(await other.send(request('POST /', TEN, 'helloworld')).read(answer(3, 10))).toBe(answer(3, 10));
    expect(await first.send('x'.repeat(95)).read(answer(0, 100))).toBe(answer(0, 100));
    await long(slow, 2);
  });

  it('wait for others to have been sent, where requests may wait', async () => {
    await using slow = await system({
      bodies: { bufferBytes: 5 },
      policy: { limits: { maxInFlight: 1, queueLength: 1, queueWaitMs: 600_000 } },
    });
    const first = await long(slow, 1);
    const second = await slow.connect();
    second.send(request('POST /second', LONG, 'hello'));
    await eventually(() => expect(slow.proxy.plane.pool.ledger.waiting).toBe(1));
    expect(await first.send('x'.repeat(95)).read(answer(0, 100))).toBe(answer(0, 100));
    await eventually(() =>
      expect(slow.backend.received.join('')).toContain(`${forwarded('POST /second', LONG)}hello`),
    );
    expect(await second.send('x'.repeat(95)).read(answer(1, 100))).toBe(answer(1, 100));
    expect(slow.proxy.plane.pool.ledger.waiting).toBe(0);
  });
});

describe('a body that is passed on as it comes', () => {
  const bodies = { bufferBytes: 0 };
  const THOUSAND = 'Content-Length: 1000\r\n';

  it('gets 408 where it is below the lowest rate, and its backend the end of the connection', async () => {
    await using slow = await system({ bodies });
    const { backend, proxy } = slow;
    const client = await slow.connect();
    client.send(request('POST /', THOUSAND, 'x'));
    await eventually(() => expect(backend.received).toEqual([forwarded('POST /', THOUSAND, 'x')]));
    for (let second = 1; second <= 5; second++) {
      proxy.pass(999);
      client.send('x');
      await eventually(() => expect(backend.received[0]).toMatch(new RegExp(`x{${second + 1}}$`)));
    }
    expect(client.isClosed).toBe(false);
    proxy.pass(LATE);
    expect(await client.readAll()).toEqual({ text: REQUEST_TIMEOUT, closed: 'end' });
    await eventually(() => expect([backend.sockets.size, proxy.backends[0]?.inFlight]).toEqual([0, 0]));
  });

  it('may take as long as it needs at that rate', async () => {
    await using slow = await system({ bodies });
    const { backend, proxy } = slow;
    const client = await slow.connect();
    const length = 20 * 240;
    client.send(request('POST /', `Content-Length: ${length}\r\n`));
    for (let second = 1; second <= 20; second++) {
      client.send('x'.repeat(240));
      await eventually(() => expect(backend.received[0]).toMatch(new RegExp(`[^x]x{${second * 240}}$`)));
      proxy.pass(1_000);
    }
    expect(await client.read(answer(0, length))).toBe(answer(0, length));
  });

  it('may pause for clientIdle where it was ahead of the rate, and no longer', async () => {
    await using slow = await system({ bodies });
    const { backend, proxy } = slow;
    const client = await slow.connect();
    client.send(request('POST /', 'Content-Length: 100000\r\n', 'x'.repeat(50_000)));
    await eventually(() => expect(backend.received[0]).toMatch(/x{50000}$/));
    proxy.pass(29_800);
    expect(client.isClosed).toBe(false);
    proxy.pass(LATE + 200);
    expect(await client.readAll()).toEqual({ text: REQUEST_TIMEOUT, closed: 'end' });
  });

  it('is not to blame where the backend does not read it', async () => {
    const held = Promise.withResolvers<Socket>();
    await using backend = await scriptedBackend(({ socket }) => {
      socket.pause();
      held.resolve(socket);
    });
    await using proxy = await proxyServer([backend.url], { bodies });
    using client = await RawClient.connect(proxy.port);
    const piece = Buffer.alloc(65_536, 'x');
    client.send(request('POST /', `Content-Length: ${1_000 * piece.length}\r\n`));
    const socket = await held.promise;
    for (let sent = 0; sent < 500; sent++) client.send(piece);
    await standstill(() => client.socket.bytesWritten - client.socket.writableLength);
    proxy.pass(50_000);
    expect(client.isClosed).toBe(false);
    socket.resume();
    await standstill(() => backend.received[0]?.length ?? 0);
    // From here on the proxy waits for the client.
    for (let turn = 0; turn < 31; turn++) proxy.pass(1_000);
    expect(await client.readAll()).toEqual({ text: REQUEST_TIMEOUT, closed: 'end' });
  });
});
