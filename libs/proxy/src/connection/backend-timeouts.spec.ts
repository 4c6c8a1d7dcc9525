import { eventually } from '@balanza/testing';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import {
  CLOSE,
  forwarded,
  GATEWAY_TIMEOUT,
  gatewayTimeout,
  ok,
  relayed,
  request,
} from '../testing/messages.js';
import { proxyServer } from '../testing/proxy-server.js';
import { RawClient } from '../testing/raw-client.js';
import { scriptedBackend } from '../testing/scripted-backend.js';
import { standstill } from '../testing/standstill.js';
import { READ_BYTES } from './byte-socket.js';

/** A deadline may be this late, and is never early. */
const LATE = 200;
const TEN = 'Content-Length: 10\r\n';

describe('of a backend is waited', () => {
  it('connect for the connection; then the next one is asked', async () => {
    await using full = await fullServer();
    await using backend = await scriptedBackend(() => ok('next'));
    await using proxy = await proxyServer([`http://127.0.0.1:${full.port}`, backend.url]);
    using client = await RawClient.connect(proxy.port);
    client.send(request('POST /', TEN, 'helloworld'));
    await eventually(() => expect(proxy.backends[0]?.inFlight).toBe(1));
    proxy.pass(800);
    expect(proxy.backends[0]?.inFlight).toBe(1);
    proxy.pass(LATE + 200);
    expect(await client.read(relayed(ok('next')))).toBe(relayed(ok('next')));
    expect(backend.received).toEqual([forwarded('POST /', TEN, 'helloworld')]);
  });

  it.each(['nothing', 'a part of a head', 'an interim answer'])(
    'backendHead for the answer’s head, from the end of the request; then 504, after %s',
    async (what) => {
      const interim = 'HTTP/1.1 103 Early Hints\r\n\r\n';
      await using backend = await scriptedBackend(async ({ body, earlier }) => {
        if (earlier > 0) return ok('next');
        await body;
        if (what === 'nothing') return '';
        return what === 'an interim answer' ? interim : 'HTTP/1.1 200 OK\r\nContent-';
      });
      await using proxy = await proxyServer([backend.url, `http://localhost:${backend.port}`]);
      using client = await RawClient.connect(proxy.port);
      client.send(request('POST /', TEN, 'hello'));
      await eventually(() => expect(backend.received[0]).toMatch(/hello$/));
      // The client takes its time, which is not the backend's.
      proxy.pass(25_000);
      client.send('world');
      await eventually(() => expect(backend.received[0]).toMatch(/helloworld$/));
      await new Promise((resolve) => setTimeout(resolve, 20));
      proxy.pass(59_800);
      expect(proxy.backends[0]?.inFlight).toBe(1);
      proxy.pass(LATE + 200);
      const expected = (what === 'an interim answer' ? relayed(interim) : '') + GATEWAY_TIMEOUT;
      expect(await client.read(expected)).toBe(expected);
      // Nobody else is asked instead, and the connection goes on.
      expect(backend.received).toHaveLength(1);
      expect(await client.send(request('GET /')).read(relayed(ok('next')))).toBe(relayed(ok('next')));
    },
  );

  it('backendHead from the start where the request has no body, over a new connection and a kept one', async () => {
    await using backend = await scriptedBackend(({ head }) =>
      head.startsWith('GET /good') ? ok('') : undefined,
    );
    await using proxy = await proxyServer([backend.url], { timeouts: { backendHead: 20_000 } });
    using client = await RawClient.connect(proxy.port);
    for (const before of ['', request('GET /good')]) {
      if (before !== '') await client.send(before).read(relayed(ok('')));
      client.send(request('GET /never'));
      await eventually(() => expect(backend.received.at(-1)).toContain('never'));
      proxy.pass(19_800);
      expect(proxy.backends[0]?.inFlight).toBe(1);
      proxy.pass(LATE + 200);
      expect(await client.read(GATEWAY_TIMEOUT)).toBe(GATEWAY_TIMEOUT);
    }
  });

  it('backendIdle for it to take more of a request; then 504', async () => {
    await using backend = await scriptedBackend(({ socket }) => void socket.pause());
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    client.send(request('POST /', 'Content-Length: 100000000\r\n'));
    // In pieces, as Node counts a write as waiting until all of it is on its way.
    for (let piece = 0; piece < 50; piece++) client.send('x'.repeat(1_000_000));
    await standstill(() => client.socket.bytesWritten - client.socket.writableLength);
    // The client could send more, and is not to blame.
    proxy.pass(59_800);
    expect(client.isClosed).toBe(false);
    proxy.pass(LATE + 200);
    const expected = gatewayTimeout('connection_write_timeout');
    expect(await client.read(expected)).toBe(expected);
    for (const socket of backend.sockets) socket.resume();
  });

  it('backendIdle for another piece also after it was held back for the client', async () => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n';
    // As much as one read may be, so that nothing is left to be read.
    const part = head.padEnd(READ_BYTES, 'x');
    await using backend = await scriptedBackend(({ earlier }) => (earlier === 0 ? ok('') : part));
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    expect(await client.send(request('GET /')).read(relayed(ok('')))).toBe(relayed(ok('')));
    const output = proxy.records[0]?.client.output;
    // As where the system has no room for more.
    output?.cork();
    client.send(request('GET /'));
    await eventually(() => expect(output?.isFull()).toBe(true));
    proxy.pass(50_000);
    output?.uncork();
    expect(await client.read(relayed(part))).toBe(relayed(part));
    await eventually(() => expect(output?.isFull()).toBe(false));
    proxy.pass(59_800);
    expect(client.isClosed).toBe(false);
    proxy.pass(LATE + 200);
    expect(await client.readAll()).toEqual({ text: '', closed: 'end' });
  });

  it.each([
    ['with a length', `HTTP/1.1 200 OK\r\n${TEN}\r\nhello`],
    ['in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'],
    ['in the middle of a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello'],
  ])('backendIdle for another piece of a body %s; then it visibly breaks off', async (_how, part) => {
    await using backend = await scriptedBackend(() => part);
    await using proxy = await proxyServer([backend.url], { timeouts: { backendIdle: 20_000 } });
    using client = await RawClient.connect(proxy.port);
    expect(await client.send(request('GET /', CLOSE)).read(relayed(part, CLOSE))).toBe(relayed(part, CLOSE));
    proxy.pass(19_800);
    expect(client.isClosed).toBe(false);
    proxy.pass(LATE + 200);
    expect(await client.readAll()).toEqual({ text: '', closed: 'end' });
    await proxy.idle();
  });

  it('backendKeepAlive for another request to come by; then its connection is closed', async () => {
    await using backend = await scriptedBackend(() => ok(''));
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    expect(await client.send(request('GET /')).read(relayed(ok('')))).toBe(relayed(ok('')));
    proxy.pass(3_800);
    expect(await client.send(request('GET /')).read(relayed(ok('')))).toBe(relayed(ok('')));
    proxy.pass(3_800);
    expect(backend.sockets.size).toBe(1);
    proxy.pass(LATE + 200);
    await eventually(() => expect(backend.sockets.size).toBe(0));
  });

  it.each([
    ['timeout=1', 500],
    ['timeout=2, max=100', 1_000],
    ['timeout=60', 4_000],
  ])('no longer than it says it keeps a connection: %s', async (keepAlive, usable) => {
    const answer = ok('', `Keep-Alive: ${keepAlive}\r\n`);
    const expected = relayed(ok(''));
    await using backend = await scriptedBackend(() => answer);
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    expect(await client.send(request('POST /')).read(expected)).toBe(expected);
    proxy.pass(usable - LATE);
    await new Promise((resolve) => setImmediate(resolve));
    expect(backend.sockets.size).toBe(1);
    proxy.pass(2 * LATE);
    await eventually(() => expect(backend.sockets.size).toBe(0));
    expect(await client.send(request('POST /')).read(expected)).toBe(expected);
    expect(backend.received).toHaveLength(2);
  });

  it('no longer than that by the clock, though a late timer has not closed the connection yet', async () => {
    await using backend = await scriptedBackend(() => ok('', 'Keep-Alive: timeout=1\r\n'));
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const expected = relayed(ok(''));
    expect(await client.send(request('POST /')).read(expected)).toBe(expected);
    proxy.plane.deadlines.stop();
    const since = performance.now();
    await eventually(() => expect(performance.now() - since).toBeGreaterThan(600));
    expect(backend.sockets.size).toBe(1);
    expect(await client.send(request('POST /')).read(expected)).toBe(expected);
    expect(backend.received).toHaveLength(2);
  });

  it('not at all where it says that it keeps no connection', async () => {
    await using backend = await scriptedBackend(() => ok('', 'Keep-Alive: timeout=0\r\n'));
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const expected = relayed(ok(''));
    expect(await client.send(request('POST /')).read(expected)).toBe(expected);
    await eventually(() => expect(backend.sockets.size).toBe(0));
  });
});

/** A server that accepts nothing, and whose queue is full, so that another connection gets no answer at all. */
async function fullServer(): Promise<AsyncDisposable & { port: number }> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
       parentPort.postMessage(server.address().port);
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
     });`,
    { eval: true },
  );
  const [port] = (await once(worker, 'message')) as [number];
  const queued = await Promise.all([RawClient.connect(port), RawClient.connect(port)]);
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      for (const client of queued) client.socket.destroy();
      await worker.terminate();
    },
  };
}
