import { httpUpstream } from '@balanza/testing';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { proxyServer } from '../testing/proxy-server.js';
import { standstill } from '../testing/standstill.js';

const MiB = 1024 * 1024;

/** Whether `stream` gives `body`, and nothing else. */
async function brings(stream: AsyncIterable<Buffer>, body: Buffer): Promise<boolean> {
  let read = 0;
  let same = true;
  for await (const piece of stream) {
    same &&= piece.equals(body.subarray(read, read + piece.length));
    read += piece.length;
  }
  return same && read === body.length;
}

describe('a body in transit', () => {
  it.each([
    ['with a length', { 'content-length': String(128 * MiB) }],
    ['in chunks', {}],
    ['until the connection ends', { connection: 'close' }],
  ])('%s is held back where the backend sends faster than the client reads', async (_how, fields) => {
    const total = 128 * MiB;
    const chunk = Buffer.alloc(MiB);
    let written = 0;
    await using backend = await httpUpstream(async (_request, response) => {
      response.useChunkedEncodingByDefault = !('connection' in fields);
      response.writeHead(200, fields);
      for (; written < total && !response.destroyed; written += chunk.length) {
        if (!response.write(chunk)) await once(response, 'drain');
      }
      response.end();
    });
    await using proxy = await proxyServer([backend.url]);
    const request = httpRequest(proxy.url).end();
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    await standstill(() => written);
    expect(written).toBeLessThan(total / 4);
    let received = 0;
    for await (const piece of answer) received += (piece as Buffer).length;
    expect(received).toBe(total);
  });

  it('is held back where the client sends faster than the backend reads', async () => {
    const total = 128 * MiB;
    const chunk = Buffer.alloc(MiB);
    const { promise: go, resolve } = Promise.withResolvers<void>();
    let read = 0;
    await using backend = await httpUpstream(async (request, response) => {
      await go;
      for await (const piece of request) read += (piece as Buffer).length;
      response.end('done');
    });
    await using proxy = await proxyServer([backend.url]);
    let sent = 0;
    const request = httpRequest(proxy.url, { method: 'POST', headers: { 'content-length': total } });
    const sending = (async () => {
      for (; sent < total; sent += chunk.length) if (!request.write(chunk)) await once(request, 'drain');
      request.end();
    })();
    await standstill(() => sent);
    expect(sent).toBeLessThan(total / 4);
    resolve();
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    expect(await text(answer)).toBe('done');
    await sending;
    expect(read).toBe(total);
  });

  it('stays what was sent, though other bodies pass while it is held back', async () => {
    // Each is larger than what the system itself takes on a body's way, in any of its buffers.
    const bodies = Array.from({ length: 4 }, (_none, nth) => Buffer.alloc(32 * MiB, `body ${nth};`));
    const uploads: (() => Promise<boolean>)[] = [];
    const senders: Writable[] = [];
    const allArrived = Promise.withResolvers<void>();
    let arrived = 0;
    const send = (to: Writable, body: Buffer) => {
      senders.push(to);
      to.end(body);
    };
    const waiting = () => senders.reduce((bytes, { writableLength }) => bytes + writableLength, 0);
    await using backend = await httpUpstream((request, response) => {
      const nth = Number(request.url?.slice(1));
      const body = bodies[nth] ?? Buffer.alloc(0);
      uploads[nth] = async () => {
        const same = await brings(request, body);
        send(response, body);
        return same;
      };
      if (++arrived === bodies.length) allArrived.resolve();
    });
    await using proxy = await proxyServer([backend.url]);
    const answers = bodies.map(async (body, nth) => {
      const options = { method: 'POST', path: `/${nth}`, headers: { 'content-length': body.length } };
      const request = httpRequest(proxy.url, options);
      send(request, body);
      const [answer] = (await once(request, 'response')) as [IncomingMessage];
      return { answer, body };
    });
    await allArrived.promise;
    await standstill(waiting);
    // All are held back; one after the other is read while the others still are.
    for (const upload of uploads) expect(await upload()).toBe(true);
    const received = await Promise.all(answers);
    await standstill(waiting);
    for (const { answer, body } of received) expect(await brings(answer, body)).toBe(true);
  });

  it('leaves a connection to the backend that is used again', async () => {
    const body = Buffer.alloc(MiB, 'x');
    const ports = new Set<number | undefined>();
    await using backend = await httpUpstream((request, response) => {
      ports.add(request.socket.remotePort);
      request.resume().on('end', () => response.end(body));
    });
    await using proxy = await proxyServer([backend.url]);
    for (let turn = 0; turn < 20; turn++) {
      const answer = await fetch(proxy.url, { method: 'PUT', body });
      expect((await answer.arrayBuffer()).byteLength).toBe(body.length);
    }
    expect(ports.size).toBeLessThan(4);
  });
});
