import { eventually } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { Ledger } from '../accounting/ledger.js';
import { ok, relayed, request } from '../testing/messages.js';
import { proxyServer, type ProxyServerOptions } from '../testing/proxy-server.js';
import { RawClient } from '../testing/raw-client.js';
import { scriptedBackend } from '../testing/scripted-backend.js';

/** Two data planes that count in the same memory, as two threads do. */
async function twoPlanes(urls: readonly string[], options: ProxyServerOptions) {
  const shape = { capacity: 4, threads: 2 };
  const ledger = new Ledger(shape);
  const first = await proxyServer(urls, { ...options, ledger });
  const second = await proxyServer(urls, { ...options, ledger: new Ledger(shape, ledger.memory), thread: 1 });
  const clients = [await RawClient.connect(first.port), await RawClient.connect(second.port)] as const;
  return {
    first,
    second,
    clients,
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) client.socket.destroy();
      await first[Symbol.asyncDispose]();
      await second[Symbol.asyncDispose]();
    },
  };
}

const BROKEN = 'HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n';

describe('two threads', () => {
  it('agree on who is ejected, by what both have seen', async () => {
    await using a = await scriptedBackend(() => BROKEN);
    await using b = await scriptedBackend(() => BROKEN);
    await using system = await twoPlanes([a.url, b.url], { policy: { ejection: {}, retry: { max: 0 } } });
    const { first, second, clients } = system;
    // In strict rotation, which both share, all that the first asks is `a`, and all that the second asks is `b`.
    for (let turn = 0; turn < 8; turn++)
      expect(await clients[turn % 2]?.send(request('POST /')).read(relayed(BROKEN))).toBe(relayed(BROKEN));
    await clients[1].send(request('POST /')).read(relayed(BROKEN));
    await eventually(() =>
      expect([first, second].map(({ backends }) => backends.map(({ health }) => health.state))).toEqual([
        ['ejected', 'up'],
        ['ejected', 'up'],
      ]),
    );
    expect(first.backends[0]?.health.timesEjected).toBe(1);
  });

  it('share one retry budget', async () => {
    await using a = await scriptedBackend(() => BROKEN);
    await using b = await scriptedBackend(() => BROKEN);
    await using system = await twoPlanes([a.url, b.url], { policy: { retry: {} } });
    for (let turn = 0; turn < 40; turn++)
      await system.clients[turn % 2]?.send(request('GET /')).read(relayed(BROKEN));
    const asked = (a.received.join('') + b.received.join('')).match(/^GET/gm)?.length;
    expect(asked).toBe(40 + 3 + 8);
  });

  it('have one limit for what is in flight and for what waits, and room at one is room for the other', async () => {
    const held: (() => void)[] = [];
    await using a = await scriptedBackend(async ({ head }) => {
      await new Promise<void>((resolve) => held.push(resolve));
      return ok(head.split(' ')[1] ?? '');
    });
    const limits = { maxInFlight: 1, queueLength: 1, queueWaitMs: 60_000 };
    await using system = await twoPlanes([a.url], { policy: { limits } });
    const { first, second, clients } = system;
    clients[0].send(request('GET /1'));
    await eventually(() => expect(held).toHaveLength(1));
    clients[1].send(request('GET /2'));
    await eventually(() => expect(second.plane.pool.ledger.waiting).toBe(1));
    using third = await RawClient.connect(first.port);
    expect(await third.send(request('GET /3')).read('x'.repeat(20))).toMatch(/^HTTP\/1\.1 503 /);
    held.shift()?.();
    expect(await clients[0].read(relayed(ok('/1')))).toBe(relayed(ok('/1')));
    await eventually(() => expect(held).toHaveLength(1));
    held.shift()?.();
    expect(await clients[1].read(relayed(ok('/2')))).toBe(relayed(ok('/2')));
  });

  it('have one limit for clients’ connections, and who leaves one makes room at the other', async () => {
    await using a = await scriptedBackend(() => ok('a'));
    await using system = await twoPlanes([a.url], { maxConnections: 3 });
    const { first, second, clients } = system;
    const answered = relayed(ok('a'));
    const { ledger } = first.plane.pool;
    await eventually(() => expect(ledger.connections).toBe(2));
    using third = await RawClient.connect(first.port);
    expect(await third.send(request('GET /')).read(answered)).toBe(answered);
    for (const { port } of [first, second]) {
      using fourth = await RawClient.connect(port);
      fourth.socket.write(request('GET /'));
      expect((await fourth.readAll()).text).toBe('');
    }
    clients[0].socket.destroy();
    await eventually(() => expect(ledger.connections).toBe(2));
    using fifth = await RawClient.connect(second.port);
    expect(await fifth.send(request('GET /')).read(answered)).toBe(answered);
  });
});

describe('shedding', () => {
  it('has some requests not tried while too many fail, and none when they succeed again', async () => {
    let isBroken = true;
    let chance = 0.5;
    let now = 1_000_000;
    await using a = await scriptedBackend(() => (isBroken ? BROKEN : ok('')));
    const shedding = { enabled: true, minimumPerSecond: 1, windowMs: 10_000, maxProbability: 0.8 };
    const options = { policy: { shedding, retry: { max: 0 } }, random: () => chance, now: () => now };
    await using proxy = await proxyServer([a.url], options);
    using client = await RawClient.connect(proxy.port);
    const ask = async (expected: string) => (await client.send(request('GET /')).read(expected)).slice(9, 12);
    const askedAlready = () => a.received.join('').match(/^GET/gm)?.length;
    for (let turn = 0; turn < 10; turn++) expect(await ask(relayed(BROKEN))).toBe('503');
    // From here on there are enough of them: the probability is 10 / 11, at most 0.8.
    chance = 0.79;
    const text = await client.send(request('GET /')).readUntil((received) => received.endsWith('}'));
    expect(text).toContain('Retry-After: 1\r\n');
    expect(text).toContain('Too many requests fail at the moment, so this one was not tried');
    expect(askedAlready()).toBe(10);
    chance = 0.81;
    isBroken = false;
    expect(await ask(relayed(ok('')))).toBe('200');
    now += 10_000;
    chance = 0;
    for (let turn = 0; turn < 20; turn++) expect(await ask(relayed(ok('')))).toBe('200');
  });

  it('counts neither what it has refused itself nor requests whose clients have left', async () => {
    const { promise: go, resolve } = Promise.withResolvers<void>();
    let isHolding = true;
    await using a = await scriptedBackend(async () => {
      if (isHolding) await go;
      return isHolding ? ok('') : BROKEN;
    });
    let chance = 1;
    const shedding = { enabled: true, minimumPerSecond: 1, windowMs: 10_000, maxProbability: 0.8 };
    const options = { policy: { shedding, retry: { max: 0 } }, random: () => chance };
    await using proxy = await proxyServer([a.url], options);
    const { pool } = proxy.plane;
    const counted = () => {
      const outcomes = pool.ledger.outcomes(0);
      outcomes.sum(pool.now(), shedding.windowMs);
      return [outcomes.requests, outcomes.failures];
    };
    const leaving = await Promise.all(Array.from({ length: 5 }, () => RawClient.connect(proxy.port)));
    for (const each of leaving) each.send(request('GET /'));
    await eventually(() => expect(proxy.backends[0]?.inFlight).toBe(5));
    for (const each of leaving) each.socket.destroy();
    await eventually(() => expect(proxy.records.map(({ status }) => status)).toEqual(Array(5).fill(499)));
    expect(counted()).toEqual([0, 0]);
    isHolding = false;
    resolve();
    using client = await RawClient.connect(proxy.port);
    for (let turn = 0; turn < 10; turn++)
      expect(await client.send(request('GET /')).read(relayed(BROKEN))).toBe(relayed(BROKEN));
    expect(counted()).toEqual([10, 10]);
    chance = 0;
    for (let turn = 0; turn < 5; turn++)
      await client.send(request('GET /')).readUntil((received) => received.endsWith('}'));
    expect(proxy.records.filter(({ shed }) => shed)).toHaveLength(5);
    expect(counted()).toEqual([10, 10]);
  });
});
