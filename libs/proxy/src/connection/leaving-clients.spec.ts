import { eventually } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { ok, relayed, request } from '../testing/messages.js';
import { proxyServer } from '../testing/proxy-server.js';
import { RawClient } from '../testing/raw-client.js';
import { scriptedBackend } from '../testing/scripted-backend.js';

const LENGTH = 'Content-Length: 10\r\n';

/** Answers as the path says. */
function backendOf() {
  return scriptedBackend(async ({ head, socket, body }) => {
    const [, path = ''] = head.split(' ');
    if (path === '/part') return `HTTP/1.1 200 OK\r\n${LENGTH}\r\nhello`;
    if (path === '/much') {
      const chunk = Buffer.alloc(1024 * 1024);
      const fill = () => {
        while (socket.write(chunk));
      };
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n');
      socket.on('drain', fill);
      fill();
    }
    if (path === '/good') return ok(await body);
    return '';
  });
}

describe('a client that leaves', () => {
  it.each([
    ['while it waits for its answer', request('GET /never'), 499],
    ['in the middle of its body', request('POST /good', LENGTH, 'hello'), 499],
    ['in the middle of a chunk', request('POST /good', 'Transfer-Encoding: chunked\r\n', '9\r\nhello'), 499],
    ['in the middle of its answer', request('GET /part'), 200],
    ['while its answer is held back', request('GET /much'), 200],
    ['with requests sent ahead', request('GET /never') + request('GET /good'), 499],
  ])('%s frees its backend at once', async (_when, bytes, status) => {
    for (const how of ['closes', 'resets']) {
      await using backend = await backendOf();
      await using proxy = await proxyServer([backend.url]);
      using client = await RawClient.connect(proxy.port);
      if (bytes.includes('/much')) client.socket.pause();
      client.send(bytes);
      await eventually(() => expect(proxy.backends[0]?.inFlight).toBe(1));
      // One that closes with requests ahead may only have ended its side.
      if (how === 'resets' || bytes.includes('/good')) client.reset();
      else client.socket.destroy();
      await eventually(() => expect([backend.sockets.size, proxy.backends[0]?.inFlight]).toEqual([0, 0]));
      if (status === 499) expect(proxy.records.map((record) => record.status)).toEqual([status]);
      using next = await RawClient.connect(proxy.port);
      expect(await next.send(request('GET /good')).read(relayed(ok('')))).toBe(relayed(ok('')));
    }
  });

  it.each([
    ['before it has sent anything', ''],
    ['in the middle of a head', 'GET / HTTP/1.1\r\nHo'],
    ['behind an answer', request('GET /good')],
  ])('%s leaves nothing behind', async (_when, bytes) => {
    for (const how of ['closes', 'resets']) {
      await using backend = await backendOf();
      await using proxy = await proxyServer([backend.url]);
      using client = await RawClient.connect(proxy.port);
      client.send(bytes);
      if (bytes.includes('/good')) await client.read(relayed(ok('')));
      const others = backend.sockets.size;
      await eventually(() => expect(proxy.plane.deadlines.size).toBe(1 + others));
      if (how === 'resets') client.reset();
      else client.socket.destroy();
      await eventually(() => expect(proxy.plane.deadlines.size).toBe(others));
    }
  });

  it('before the connection to its backend stands asks nobody', async () => {
    await using backend = await backendOf();
    await using proxy = await proxyServer([backend.url]);
    for (let turn = 0; turn < 50; turn++) {
      const client = await RawClient.connect(proxy.port);
      client.send(request('POST /never', LENGTH, 'hello'));
      if (turn % 2 === 0) await new Promise(setImmediate);
      client.reset();
    }
    await proxy.idle();
    await eventually(() => expect([backend.sockets.size, proxy.plane.deadlines.size]).toEqual([0, 0]));
  });
});
