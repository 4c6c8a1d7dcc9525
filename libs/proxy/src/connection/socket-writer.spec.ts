import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cut } from './byte-socket.js';
import { SocketWriter } from './socket-writer.js';

const LARGE = Buffer.alloc(16 * 1024 * 1024, 'large ');
const SMALL = Buffer.from('small');

describe('SocketWriter', () => {
  let socket: Socket;
  let peer: Socket;

  beforeEach(async () => {
    const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address() as { readonly port: number };
    peer = connect(address.port, '127.0.0.1');
    peer.pause();
    [socket] = (await once(server, 'connection')) as [Socket];
    server.close();
  });
  afterEach(() => {
    socket.destroy();
    peer.destroy();
  });

  it('has sent what the system took at once, which is no drain', () => {
    let drains = 0;
    const writer = new SocketWriter(socket, () => drains++);
    writer.send(SMALL);
    expect([writer.flushed, writer.takesMore, drains]).toEqual([true, true, 0]);
  });

  it('keeps the order of what had to wait, whichever way it was written, up to the end', async () => {
    let drains = 0;
    const writer = new SocketWriter(socket, () => drains++);
    writer.send(LARGE);
    expect([writer.flushed, writer.takesMore]).toEqual([false, false]);
    writer.send(SMALL);
    socket.write(' and text');
    socket.end();
    const received = await buffer(peer.resume());
    expect(received.equals(Buffer.concat([LARGE, SMALL, Buffer.from(' and text')]))).toBe(true);
    expect([drains, writer.flushed]).toEqual([1, true]);
  });

  it('tells when the peer takes more again', async () => {
    const drained = Promise.withResolvers<void>();
    const writer = new SocketWriter(socket, drained.resolve);
    writer.send(LARGE);
    peer.resume();
    await drained.promise;
    expect([writer.flushed, writer.takesMore]).toEqual([true, true]);
  });

  it('sends nothing, and breaks nothing, once the socket is gone', async () => {
    const writer = new SocketWriter(socket, () => undefined);
    const failed = once(socket, 'error');
    socket.resume();
    peer.resetAndDestroy();
    await failed;
    writer.send(SMALL);
    expect(socket.destroyed).toBe(true);
  });

  it('says that a failed write is not on its way, and that nothing reads its bytes any more', async () => {
    const failed = Promise.withResolvers<NodeJS.ErrnoException>();
    const writer = new SocketWriter(socket, () => undefined, failed.resolve);
    writer.send(LARGE);
    expect([writer.flushed, writer.isIdle]).toEqual([false, false]);
    peer.resetAndDestroy();
    const { code = '' } = await failed.promise;
    expect(['EPIPE', 'ECONNRESET']).toContain(code);
    expect([writer.flushed, writer.isIdle, writer.takesMore]).toEqual([false, true, false]);
  });

  it('has a socket that can be cut while its end waits for what was sent', async () => {
    const writer = new SocketWriter(socket, () => undefined);
    writer.send(LARGE);
    socket.end();
    const closed = Promise.all([once(socket, 'close'), once(peer.resume(), 'close')]);
    peer.on('error', () => undefined);
    cut(socket);
    expect(writer.flushed).toBe(false);
    await closed;
  });
});
