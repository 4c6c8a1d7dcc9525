import { eventually } from '@balanza/testing';
import { expect, it } from 'vitest';
import { ok, relayed, request } from '../testing/messages.js';
import { proxyServer } from '../testing/proxy-server.js';
import { RawClient } from '../testing/raw-client.js';
import { scriptedBackend } from '../testing/scripted-backend.js';

/** Numbers that look random and are the same in every run (Lehmer's generator). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => (state = (state * 48_271) % 2_147_483_647) % below;
}

it('500 clients that send their heads drop by drop are let go in time, and keep nobody from being served', async () => {
  await using backend = await scriptedBackend(() => ok('served'));
  await using proxy = await proxyServer([backend.url], { timeouts: { clientHead: 1_500 } });
  const slow = await Promise.all(Array.from({ length: 500 }, () => RawClient.connect(proxy.port)));
  const dripping = setInterval(() => {
    for (const client of slow) client.send('X');
  }, 100);
  for (const client of slow) client.send('GET / HTTP/1.1\r\nHost: a\r\nX-');
  using client = await RawClient.connect(proxy.port);
  const started = performance.now();
  let served = 0;
  while (!slow.every((each) => each.isClosed) && performance.now() - started < 30_000) {
    expect(await client.send(request('GET /')).read(relayed(ok('served')))).toBe(relayed(ok('served')));
    served++;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  clearInterval(dripping);
  expect(slow.every((each) => each.isClosed)).toBe(true);
  for (const each of slow) {
    const { text } = await each.readAll();
    expect(text.split('\r\n', 1)).toEqual(['HTTP/1.1 408 Request Timeout']);
    each.socket.destroy();
  }
  expect(performance.now() - started).toBeGreaterThan(1_400);
  expect(served).toBeGreaterThan(20);
});

it('connections that break at any moment, on both sides, end nothing but themselves', async () => {
  const random = numbers(20_261_123);
  let calm = false;
  await using backend = await scriptedBackend(async ({ head, socket, body }) => {
    if (calm) return ok(head.split(' ')[1] ?? '');
    const moment = random(6);
    if (moment === 0) socket.resetAndDestroy();
    if (moment === 1) setTimeout(() => socket.resetAndDestroy(), random(3));
    if (moment === 2)
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf', () => socket.resetAndDestroy());
    if (moment === 3) socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel');
    if (moment < 4) return '';
    return ok('x'.repeat(random(200_000)) + (await body).length);
  });
  await using proxy = await proxyServer([backend.url]);
  const once = async () => {
    const client = await RawClient.connect(proxy.port);
    for (let requests = random(4); requests >= 0; requests--) {
      const length = random(100_000);
      client.send(request('GET /') + request('PUT /', `Content-Length: ${length}\r\n`, 'x'.repeat(length)));
    }
    if (random(2) === 0) await client.read('x'.repeat(random(300_000) + 1));
    else await new Promise((resolve) => setTimeout(resolve, random(10)));
    if (random(2) === 0) client.reset();
    else client.socket.destroy();
  };
  const users = Array.from({ length: 10 }, async () => {
    for (let turn = 0; turn < 20; turn++) await once();
  });
  // Who waits for more than comes is not to wait for long.
  const hurry = setInterval(() => proxy.pass(120_000), 50);
  await Promise.all(users);
  clearInterval(hurry);
  await proxy.idle();
  // All that is left are connections that are kept, and nothing is on them that would answer somebody else.
  await eventually(() => expect(proxy.plane.deadlines.size).toBe(backend.sockets.size));
  calm = true;
  using client = await RawClient.connect(proxy.port);
  for (let number = 0; number < 20; number++) {
    const expected = relayed(ok(`/${number}`));
    expect(await client.send(request(`GET /${number}`)).read(expected)).toBe(expected);
  }
});
