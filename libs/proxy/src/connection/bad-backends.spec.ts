import { eventually } from '@balanza/testing';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  BAD_GATEWAY,
  HEAD_TOO_LARGE,
  INCOMPLETE_RESPONSE,
  ok,
  PROTOCOL_ERROR,
  relayed,
  request,
} from '../testing/messages.js';
import { proxyServer } from '../testing/proxy-server.js';
import { RawClient } from '../testing/raw-client.js';
import { scriptedBackend } from '../testing/scripted-backend.js';

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const LENGTH = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n';

const end = (bytes: string) => (socket: Socket) => void socket.end(bytes);
const reset = (bytes: string) => (socket: Socket) =>
  // Behind an answer that has arrived, as a reset overtakes what is still on its way.
  void socket.write(bytes, () => setTimeout(() => socket.resetAndDestroy(), 20));
const say = (bytes: string) => (socket: Socket) => void socket.write(bytes);

/** Misbehaves until `/good` is asked. */
async function behaving(act: (socket: Socket) => void) {
  const stack = new AsyncDisposableStack();
  const backend = stack.use(
    await scriptedBackend(({ head, socket }) => {
      if (head.startsWith('GET /good')) return ok('good');
      act(socket);
      return undefined;
    }),
  );
  const proxy = stack.use(await proxyServer([backend.url]));
  const client = stack.use(await RawClient.connect(proxy.port));
  return { backend, proxy, client, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe('a backend that', () => {
  it.each<[string, (socket: Socket) => void, string, string | RegExp]>([
    ['closes without an answer', end(''), BAD_GATEWAY, 'the backend closed the connection'],
    ['resets without an answer', (socket) => socket.resetAndDestroy(), BAD_GATEWAY, 'read ECONNRESET'],
    [
      'closes in the middle of a head',
      end('HTTP/1.1 200 OK\r\nContent-Le'),
      INCOMPLETE_RESPONSE,
      'the backend closed the connection',
    ],
    [
      'resets in the middle of a head',
      reset('HTTP/1.1 200 OK\r\nContent-Le'),
      INCOMPLETE_RESPONSE,
      'read ECONNRESET',
    ],
    [
      'says something else than HTTP',
      say('SSH-2.0-OpenSSH_9.2\r\n'),
      PROTOCOL_ERROR,
      'the status line is not one of HTTP/1.1',
    ],
    [
      'says HTTP/2.0',
      say('HTTP/2.0 200 OK\r\n\r\n'),
      PROTOCOL_ERROR,
      'the version is neither HTTP/1.1 nor HTTP/1.0',
    ],
    [
      'has no status',
      say('HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n'),
      PROTOCOL_ERROR,
      'the status is not of 3 digits',
    ],
    [
      'sends a head over the limit',
      say(`HTTP/1.1 200 OK\r\nX-Big: ${'a'.repeat(20_000)}\r\n\r\n`),
      HEAD_TOO_LARGE,
      'the head is over the limit of 16384 bytes',
    ],
    [
      'sends too many fields',
      say(`HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(101)}\r\n`),
      HEAD_TOO_LARGE,
      'the head has more than 100 fields',
    ],
    [
      'sends fields without end',
      (socket) => flood(socket, 'HTTP/1.1 200 OK\r\n', 'a: b\r\n'.repeat(1_000)),
      HEAD_TOO_LARGE,
      'the head has more than 100 fields',
    ],
    [
      'sends a line without end',
      (socket) => flood(socket, 'HTTP/1.1 200 OK\r\nX: ', 'a'.repeat(10_000)),
      HEAD_TOO_LARGE,
      'the head is over the limit of 16384 bytes',
    ],
    [
      'has two lengths',
      say('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'),
      PROTOCOL_ERROR,
      'Content-Length is given more than once',
    ],
    [
      'has a length and chunks',
      say('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
      PROTOCOL_ERROR,
      'Content-Length and Transfer-Encoding exclude each other',
    ],
    [
      'folds a line',
      say('HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n'),
      PROTOCOL_ERROR,
      'a field has no valid name',
    ],
  ])(
    '%s is answered for with 502, which says why, and the next request is answered well',
    async (_how, act, expected, reason) => {
      await using scene = await behaving(act);
      const { client, proxy } = scene;
      expect(await client.send(request('GET /bad')).read(expected)).toBe(expected);
      expect(proxy.backends[0]?.inFlight).toBe(0);
      expect(await client.send(request('GET /good')).read(relayed(ok('good')))).toBe(relayed(ok('good')));
      expect(proxy.backends[0]?.totals()).toMatchObject({ requests: 2, errors: 1 });
      expect(scene.backend.received).toHaveLength(2);
      const error = /error=(\w+)/.exec(expected)?.[1];
      expect(proxy.records.map(({ status, failure, cut }) => [status, failure, cut])).toEqual([
        [502, { error, reason }, undefined],
        [200, undefined, undefined],
      ]);
    },
  );

  it.each<[string, string, string]>([
    ['before its end', `${LENGTH}hello`, 'http_response_incomplete: the backend closed the connection'],
    ['by a bad chunk', `${CHUNKED}5\r\nhello\r\nZ\r\n`, 'http_response_transfer_coding: a chunk has no size'],
    [
      'by trailers that are too large',
      `${CHUNKED}0\r\n${'X: y\r\n'.repeat(2_000)}`,
      'http_response_trailer_section_size: the trailers are over the limit of 8192 bytes',
    ],
  ])('cuts its response %s is told as having cut it', async (_how, bytes, reason) => {
    // The head first, so that it is on its way before the fault is there.
    const [head = ''] = bytes.split(/(?<=\r\n\r\n)/);
    await using scene = await behaving((socket) => {
      socket.write(head, () => setTimeout(() => socket.end(bytes.slice(head.length)), 20));
    });
    expect((await scene.client.send(request('GET /bad')).readAll()).closed).toBe('end');
    await scene.proxy.idle();
    expect(
      scene.proxy.records.map(({ status, cut, failure }) => [
        status,
        cut,
        `${failure?.error}: ${failure?.reason}`,
      ]),
    ).toEqual([[200, 'backend', reason]]);
  });

  it('is cut off by a client that leaves is not told as having cut its response', async () => {
    await using scene = await behaving(say(`${LENGTH}hello`));
    await scene.client.send(request('GET /')).read(relayed(`${LENGTH}hello`));
    scene.client.socket.destroy();
    await scene.proxy.idle();
    expect(scene.proxy.records.map(({ status, cut, failure }) => [status, cut, failure])).toEqual([
      [200, 'client', undefined],
    ]);
  });

  it.each<[string, string, (socket: Socket) => void]>([
    ['closes in the middle of a body with a length', `${LENGTH}hello`, end(`${LENGTH}hello`)],
    ['closes before a body with a length', LENGTH, end(LENGTH)],
    ['resets in the middle of a body with a length', `${LENGTH}hello`, reset(`${LENGTH}hello`)],
    ['closes in the middle of a chunk', `${CHUNKED}9\r\nhello`, end(`${CHUNKED}9\r\nhello`)],
    ['closes between chunks', `${CHUNKED}5\r\nhello\r\n`, end(`${CHUNKED}5\r\nhello\r\n`)],
    ['closes in the middle of the trailers', `${CHUNKED}0\r\nX: y\r\n`, end(`${CHUNKED}0\r\nX: y\r\n`)],
    ['resets in the middle of a chunk', `${CHUNKED}9\r\nhello`, reset(`${CHUNKED}9\r\nhello`)],
    ['sends a bad chunk size', CHUNKED, later(CHUNKED, '5\r\nhello\r\nZ\r\n')],
    ['sends a chunk longer than its size', CHUNKED, later(CHUNKED, '4\r\nhello\r\n0\r\n\r\n')],
    ['sends a chunk size without end', CHUNKED, later(CHUNKED, '0'.repeat(300))],
    ['sends trailers without end', CHUNKED, later(CHUNKED, `0\r\n${'X: y\r\n'.repeat(2_000)}`)],
  ])('%s leaves the client with a body that is visibly not whole', async (_how, part, act) => {
    await using scene = await behaving(act);
    const { text, closed } = await scene.client.send(request('GET /bad')).readAll();
    expect([text.startsWith(relayed(part)), closed]).toEqual([true, 'end']);
    expect(text.endsWith('0\r\n\r\n')).toBe(false);
    await scene.proxy.idle();
    using client = await RawClient.connect(scene.proxy.port);
    expect(await client.send(request('GET /good')).read(relayed(ok('good')))).toBe(relayed(ok('good')));
    expect(scene.proxy.backends[0]?.totals()).toMatchObject({ requests: 2, errors: 1 });
    expect(scene.backend.received).toHaveLength(2);
  });

  it('breaks off an answer without a length, by a reset, is not taken for one that ends', async () => {
    const bytes = 'HTTP/1.1 200 OK\r\n\r\nhello';
    await using scene = await behaving(reset(bytes));
    const { text, closed } = await scene.client.send('GET / HTTP/1.0\r\nX-Request-Id: r1\r\n\r\n').readAll();
    expect({ text, closed }).toEqual({ text: relayed(bytes, 'Connection: close\r\n'), closed: 'reset' });
    using client = await RawClient.connect(scene.proxy.port);
    expect((await client.send(request('GET /')).readAll()).text.endsWith('0\r\n\r\n')).toBe(false);
  });

  it('breaks off an answer does not take the answers before it from a client that has yet to read them', async () => {
    const large = 'x'.repeat(3_000_000);
    await using backend = await scriptedBackend(({ earlier, socket }) => {
      if (earlier === 0) return ok(large);
      reset(`${LENGTH}hello`)(socket);
      return undefined;
    });
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    client.socket.pause();
    client.send(request('GET /') + request('GET /bad'));
    await eventually(() => {
      if (proxy.records.length < 2) client.socket.read(1_000);
      expect(proxy.records).toHaveLength(2);
    });
    client.socket.resume();
    const { text, closed } = await client.readAll();
    expect([text === relayed(ok(large)) + relayed(`${LENGTH}hello`), closed]).toEqual([true, 'end']);
  });

  it('sends more than its length has what is too much dropped, and is not asked on that connection again', async () => {
    await using scene = await behaving(say(`${LENGTH}helloworld and more`));
    const expected = relayed(`${LENGTH}helloworld`) + relayed(ok('good'));
    expect(await scene.client.send(request('GET /') + request('GET /good')).read(expected)).toBe(expected);
    expect(scene.backend.received).toHaveLength(2);
  });

  it('sends its answer drop by drop has it relayed drop by drop', async () => {
    const answer = `${CHUNKED}5\r\nhello\r\n0\r\n\r\n`;
    await using scene = await behaving((socket) => {
      let at = 0;
      const timer = setInterval(() => {
        if (at < answer.length) socket.write(answer.charAt(at++));
        else clearInterval(timer);
      }, 1);
    });
    const expected = relayed(answer) + relayed(ok('good'));
    expect(await scene.client.send(request('GET /') + request('GET /good')).read(expected)).toBe(expected);
    expect(scene.backend.received).toHaveLength(1);
  });

  it('resets while it is sent a body is answered for with 502', async () => {
    await using scene = await behaving((socket) => setTimeout(() => socket.resetAndDestroy(), 20));
    scene.client.send(request('POST /', 'Content-Length: 100000000\r\n'));
    const chunk = Buffer.alloc(1024 * 1024);
    const fill = () => {
      while (!scene.client.isClosed && scene.client.socket.write(chunk));
    };
    scene.client.socket.on('drain', fill);
    fill();
    const text = await scene.client.read(BAD_GATEWAY);
    expect(text.replace('Connection: close\r\n', '')).toBe(BAD_GATEWAY);
    expect(scene.proxy.backends[0]?.inFlight).toBe(0);
  });

  it('is killed with many answers on their way leaves nothing in flight', async () => {
    await using scene = await behaving((socket) => socket.write(`${LENGTH}hello`));
    const clients = await Promise.all(Array.from({ length: 50 }, () => RawClient.connect(scene.proxy.port)));
    for (const client of clients) client.send(request('GET /'));
    await eventually(() => expect(scene.backend.received.filter((bytes) => bytes !== '')).toHaveLength(50));
    expect(scene.proxy.backends[0]?.inFlight).toBe(50);
    for (const client of clients) await client.read(relayed(`${LENGTH}hello`));
    for (const socket of scene.backend.sockets) socket.resetAndDestroy();
    for (const client of clients) expect(await client.readAll()).toEqual({ text: '', closed: 'end' });
    await scene.proxy.idle();
  });
});

/** Sends the head first, so that the client has it before the rest turns out to be bad. */
function later(head: string, rest: string): (socket: Socket) => void {
  return (socket) => void socket.write(head, () => setTimeout(() => socket.write(rest), 20));
}

function flood(socket: Socket, start: string, more: string): void {
  socket.write(start);
  const timer = setInterval(() => socket.write(more), 1);
  socket.once('close', () => clearInterval(timer));
}
