import { eventually } from '@balanza/testing';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { forwarded, ok, PROTOCOL_ERROR, relayed, request } from '../testing/messages.js';
import { sendPieces } from '../testing/pieces.js';
import { proxyServer } from '../testing/proxy-server.js';
import { RawClient } from '../testing/raw-client.js';
import { scriptedBackend, type Script } from '../testing/scripted-backend.js';
import { standstill } from '../testing/standstill.js';
import { Tunnel } from './tunnel.js';

const UPGRADE = 'Connection: Upgrade\r\nUpgrade: echo\r\n';
const SWITCHING = `HTTP/1.1 101 Switching Protocols\r\n${UPGRADE}\r\n`;
/** What the client gets of it: the fields of the connection are written anew. */
const SWITCHED = `HTTP/1.1 101 Switching Protocols\r\nVia: 1.1 balanza\r\nX-Request-Id: r1\r\n${UPGRADE}\r\n`;

/** A client and a backend with a tunnel between them. */
async function tunnel(act: (socket: Socket) => void, behind = '') {
  const stack = new AsyncDisposableStack();
  const script: Script = ({ socket, earlier }) => {
    if (earlier > 0) return;
    socket.allowHalfOpen = true;
    socket.on('end', () => socket.end());
    socket.write(SWITCHING + behind);
    act(socket);
  };
  const backend = stack.use(await scriptedBackend(script));
  const proxy = stack.use(await proxyServer([backend.url]));
  const client = stack.use(await RawClient.connect(proxy.port));
  client.send(request('GET /', UPGRADE));
  const head = await client.read(SWITCHED + behind);
  return { backend, proxy, client, head, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe('after both sides agreed to another protocol', () => {
  it('bytes go both ways as they come, and count as one request in flight until both have ended', async () => {
    await using scene = await tunnel((socket) => socket.on('data', (text) => socket.write(text)), 'at once');
    expect(scene.head).toBe(`${SWITCHED}at once`);
    for (const word of ['one', 'GET / HTTP/1.1\r\n\r\n', '\0\xff\r\n']) {
      expect(await scene.client.send(word).read(word)).toBe(word);
    }
    expect(scene.proxy.backends[0]?.inFlight).toBe(1);
    expect(scene.backend.received[0]?.startsWith(forwarded('GET /', UPGRADE))).toBe(true);
    scene.client.socket.destroy();
    await scene.proxy.idle();
    await eventually(() => expect(scene.backend.sockets.size).toBe(0));
    expect(scene.proxy.records).toMatchObject([{ status: 101, bytesReceived: 25, bytesSent: 32 }]);
  });

  it('what the client sent right behind its request is the first that goes through', async () => {
    await using backend = await scriptedBackend(({ socket, earlier }) => {
      if (earlier > 0) return;
      socket.write(SWITCHING);
      socket.on('data', (text) => socket.write(text));
    });
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const ahead = 'x'.repeat(200_000);
    expect(await client.send(request('GET /', UPGRADE) + ahead).read(SWITCHED + ahead)).toBe(
      SWITCHED + ahead,
    );
  });

  it('what the backend sends at once waits unharmed until the client has taken what came before', async () => {
    const early = 'early '.repeat(1_000);
    await using backend = await scriptedBackend(({ head }) =>
      head.includes('Upgrade') ? SWITCHING + early : ok('x'.repeat(10_000)),
    );
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    using other = await RawClient.connect(proxy.port);
    const answer = relayed(ok('x'.repeat(10_000)));
    expect(await client.send(request('GET /')).read(answer)).toBe(answer);
    const output = proxy.records[0]?.client.output;
    // As where the system has no room for more.
    output?.cork();
    client.send(request('GET /', UPGRADE));
    await eventually(() => expect(proxy.plane.deadlines.of(Tunnel)).toHaveLength(1));
    expect(await other.send(request('GET /')).read(answer)).toBe(answer);
    const pieces = ['one ', 'two ', 'three '].map((word) => word.repeat(1_000));
    const [socket] = backend.sockets;
    if (socket !== undefined) await sendPieces(socket, pieces);
    output?.uncork();
    const expected = SWITCHED + early + pieces.join('');
    expect(await client.read(expected)).toBe(expected);
  });

  it('a client that has ended still gets what the backend sends', async () => {
    await using scene = await tunnel((socket) => {
      socket.prependListener('end', () => socket.write('after your end'));
    });
    expect(await scene.client.end().readAll()).toEqual({ text: 'after your end', closed: 'end' });
    await scene.proxy.idle();
  });

  it('a backend that has ended still gets what the client sends, all of it', async () => {
    await using scene = await tunnel((socket) => {
      socket.end();
      // Slowly, so that much of it is still on its way when the client has ended too.
      socket.on('data', () => {
        socket.pause();
        setTimeout(() => socket.resume(), 1);
      });
    });
    expect(await scene.client.readAll()).toEqual({ text: '', closed: 'end' });
    const last = 'x'.repeat(10_000_000);
    scene.client.send(last).end();
    await eventually(() => {
      const received = scene.backend.received[0] ?? '';
      // The length first: it costs nothing to look at while pieces still come.
      expect(received.length > last.length && received.endsWith(last)).toBe(true);
    });
    await scene.proxy.idle();
  });

  it('a reset of one side is a reset for the other', async () => {
    await using fromBackend = await tunnel((socket) => socket.once('data', () => socket.resetAndDestroy()));
    expect(await fromBackend.client.send('x').readAll()).toEqual({ text: '', closed: 'reset' });
    let code: string | undefined;
    await using fromClient = await tunnel((socket) =>
      socket.once('error', (error: NodeJS.ErrnoException) => (code = error.code)),
    );
    fromClient.client.reset();
    await eventually(() => expect(code).toBe('ECONNRESET'));
    await fromClient.proxy.idle();
  });

  it('a side that reads slowly holds the other back', async () => {
    const chunk = Buffer.alloc(1024 * 1024);
    let written = 0;
    await using scene = await tunnel((socket) => {
      const fill = () => {
        while (written < 64 && socket.write(chunk)) written++;
      };
      socket.on('drain', fill);
      fill();
    });
    scene.client.socket.pause();
    await standstill(() => written);
    expect(written).toBeLessThan(32);
    scene.client.socket.resume();
    await eventually(() => expect(written).toBe(64));
  });

  it('the connections are cut when nothing passes for too long', async () => {
    await using scene = await tunnel((socket) => socket.on('data', (text) => socket.write(text)));
    scene.proxy.pass(3_600_000);
    expect(await scene.client.send('still here').read('still here')).toBe('still here');
    scene.proxy.pass(3_600_000);
    expect(scene.client.isClosed).toBe(false);
    scene.proxy.pass(200);
    expect(await scene.client.readAll()).toEqual({ text: '', closed: 'reset' });
    await scene.proxy.idle();
  });
});

describe('without agreement', () => {
  it('a backend that takes no notice answers as ever, and the connection goes on', async () => {
    await using backend = await scriptedBackend(({ earlier }) => ok(`${earlier}`));
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const expected = relayed(ok('0')) + relayed(ok('1'));
    expect(await client.send(request('GET /', UPGRADE) + request('GET /')).read(expected)).toBe(expected);
  });

  it.each([
    ['nobody asked', request('GET /')],
    ['the request is not whole', request('POST /', `${UPGRADE}Content-Length: 5\r\n`, 'he')],
  ])('a backend that switches although %s is answered for with 502', async (_why, message) => {
    await using backend = await scriptedBackend(() => SWITCHING);
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    expect(await client.send(message).read(PROTOCOL_ERROR)).toBe(PROTOCOL_ERROR);
    await proxy.idle();
  });
});
