import { eventually, httpUpstream } from '@balanza/testing';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { proxyServer } from '../testing/proxy-server.js';

const MiB = 1024 * 1024;

/** Waits until `value` no longer changes. */
function settled(value: () => number): Promise<void> {
  return eventually(async () => {
    const before = value();
    await setTimeout(150);
    expect(before).toBeGreaterThan(0);
    expect(value()).toBe(before);
  });
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
    await settled(() => written);
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
    await settled(() => sent);
    expect(sent).toBeLessThan(total / 4);
    resolve();
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    expect(await text(answer)).toBe('done');
    await sending;
    expect(read).toBe(total);
  });

  it('stays what was sent, though other bodies pass while it is held back', async () => {
    const bodies = Array.from({ length: 8 }, (_none, nth) => Buffer.alloc(8 * MiB, `body ${nth};`));
    const uploads: (() => Promise<Buffer>)[] = [];
    const senders: Writable[] = [];
    const allArrived = Promise.withResolvers<void>();
    let arrived = 0;
    const send = (to: Writable, body: Buffer) => {
      senders.push(to);
      to.end(body);
    };
    const waiting = () => senders.reduce((bytes, { writableLength }) => bytes + writableLength, 0);
    await using backend = await httpUpstream((request, response) => {
      uploads[Number(request.url?.slice(1))] = async () => {
        const upload = await buffer(request);
        send(response, upload);
        return upload;
      };
      if (++arrived === bodies.length) allArrived.resolve();
    });
    await using proxy = await proxyServer([backend.url]);
    const answers = bodies.map(async (body, nth) => {
      const options = { method: 'POST', path: `/${nth}`, headers: { 'content-length': body.length } };
      const request = httpRequest(proxy.url, options);
      send(request, body);
      const [answer] = (await once(request, 'response')) as [IncomingMessage];
      return answer;
    });
    await allArrived.promise;
    await settled(waiting);
    // All are held back; one after the other is read while the others still are.
    for (const [nth, upload] of uploads.entries()) expect(bodies[nth]?.equals(await upload())).toBe(true);
    const received = await Promise.all(answers);
    await settled(waiting);
    for (const [nth, answer] of received.entries())
      expect(bodies[nth]?.equals(await buffer(answer))).toBe(true);
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
