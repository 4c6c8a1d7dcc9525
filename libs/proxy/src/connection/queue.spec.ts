import { eventually } from '@balanza/testing';
import { describe, expect, it, vi } from 'vitest';
import { forwarded, ok, OVERLOADED, relayed, request, UNAVAILABLE } from '../testing/messages.js';
import { proxyServer } from '../testing/proxy-server.js';
import { RawClient } from '../testing/raw-client.js';
import { scriptedBackend, type Script } from '../testing/scripted-backend.js';

/** A backend that has room for one request, whose answers have to be let go, and clients. */
async function setUp(queueLength: number) {
  const held: (() => void)[] = [];
  const backend = await scriptedBackend(async ({ head, body }) => {
    const sent = await body;
    await new Promise<void>((resolve) => held.push(resolve));
    return ok(`${head.split(' ')[1]}${sent}`);
  });
  const limits = { maxInFlight: 1, queueLength, queueWaitMs: 1_000 };
  const proxy = await proxyServer([backend.url], { policy: { limits } });
  const clients = await Promise.all(Array.from({ length: 4 }, () => RawClient.connect(proxy.port)));
  const [first, second, third, fourth] = clients as [RawClient, RawClient, RawClient, RawClient];
  const { ledger } = proxy.plane.pool;
  return {
    backend,
    proxy,
    clients: [first, second, third, fourth] as const,
    /** Waits until so many requests have come to the backend, and so many wait. */
    arrived: (asked: number, waiting: number) =>
      eventually(() =>
        expect([backend.received.join('').match(/HTTP\/1\.1\r\n/g)?.length ?? 0, ledger.waiting]).toEqual([
          asked,
          waiting,
        ]),
      ),
    letGo: async () => {
      await eventually(() => expect(held.length).toBeGreaterThan(0));
      held.shift()?.();
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) client.socket.destroy();
      for (const release of held) release();
      await proxy[Symbol.asyncDispose]();
      expect(ledger.waiting).toBe(0);
      await backend[Symbol.asyncDispose]();
    },
  };
}

describe('requests for which no backend has room', () => {
  it('wait for one, first in, first out, each with its body', async () => {
    await using system = await setUp(10);
    const { clients, arrived, letGo } = system;
    const [first, second, third] = clients;
    first.send(request('GET /1'));
    await arrived(1, 0);
    second.send(request('POST /2', 'Content-Length: 5\r\n', 'hello'));
    await arrived(1, 1);
    third.send(request('GET /3'));
    await arrived(1, 2);
    await letGo();
    expect(await first.read(relayed(ok('/1')))).toBe(relayed(ok('/1')));
    await arrived(2, 1);
    // Who comes now does not overtake.
    first.send(request('GET /4'));
    await arrived(2, 2);
    for (const [client, body] of [
      [second, '/2hello'],
      [third, '/3'],
      [first, '/4'],
    ] as const) {
      await letGo();
      expect(await client.read(relayed(ok(body)))).toBe(relayed(ok(body)));
    }
    expect(system.backend.received.join('')).toContain(
      forwarded('POST /2', 'Content-Length: 5\r\n', '').split('\r\n')[0],
    );
  });

  it('are overtaken by nobody, also not by who comes as room has just come about', async () => {
    // Nobody looks for room by the clock.
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      await using system = await setUp(10);
      const { clients, arrived, letGo, backend, proxy } = system;
      const [first, second] = clients;
      // Another thread has it all.
      proxy.backends[0]?.enter();
      first.send(request('GET /1'));
      await arrived(0, 1);
      proxy.backends[0]?.leave();
      second.send(request('GET /2'));
      await arrived(1, 1);
      expect(backend.received.join('')).toMatch(/^GET \/1 /);
      for (const [client, body] of [
        [first, '/1'],
        [second, '/2'],
      ] as const) {
        await letGo();
        expect(await client.read(relayed(ok(body)))).toBe(relayed(ok(body)));
      }
    } finally {
      vi.useRealTimers();
    }
  });

  it('are refused at once when too many wait already', async () => {
    await using system = await setUp(1);
    const [first, second, third] = system.clients;
    first.send(request('GET /1'));
    await system.arrived(1, 0);
    second.send(request('GET /2'));
    await system.arrived(1, 1);
    expect(await third.send(request('GET /3')).read(OVERLOADED)).toBe(OVERLOADED);
    expect(system.proxy.records).toMatchObject([{ target: '/3', status: 503, backend: undefined }]);
  });

  it('wait no longer than they may, and the connection goes on', async () => {
    await using system = await setUp(10);
    const { clients, proxy, arrived, letGo } = system;
    const [first, second] = clients;
    first.send(request('GET /1'));
    await arrived(1, 0);
    second.send(request('POST /2', 'Content-Length: 5\r\n', 'hello'));
    await arrived(1, 1);
    proxy.pass(900);
    await arrived(1, 1);
    proxy.pass(300);
    expect(await second.read(OVERLOADED)).toBe(OVERLOADED);
    await letGo();
    await first.read(relayed(ok('/1')));
    second.send(request('GET /3'));
    await letGo();
    expect(await second.read(relayed(ok('/3')))).toBe(relayed(ok('/3')));
  });

  it('are forgotten when their clients leave', async () => {
    await using system = await setUp(10);
    const { clients, proxy, arrived, letGo } = system;
    const [first, second, third] = clients;
    first.send(request('GET /1'));
    await arrived(1, 0);
    second.send(request('GET /2'));
    await arrived(1, 1);
    second.socket.destroy();
    await arrived(1, 0);
    third.send(request('GET /3'));
    await arrived(1, 1);
    await letGo();
    await arrived(2, 0);
    await letGo();
    expect(await third.read(relayed(ok('/3')))).toBe(relayed(ok('/3')));
    expect(proxy.records.find(({ target }) => target === '/2')).toMatchObject({ status: 499 });
  });

  it('go to whoever a new plan brings, and none waits where nobody is left', async () => {
    await using system = await setUp(10);
    await using other = await scriptedBackend(() => ok('other'));
    const { clients, proxy, arrived, backend } = system;
    const [first, second, third] = clients;
    first.send(request('GET /1'));
    await arrived(1, 0);
    second.send(request('GET /2'));
    await arrived(1, 1);
    proxy.change({
      backends: [
        { url: backend.url, slot: 0, weight: 1, mode: 'ready' },
        { url: other.url, slot: 1, weight: 1, mode: 'ready' },
      ],
    });
    expect(await second.read(relayed(ok('other')))).toBe(relayed(ok('other')));
    proxy.change({ backends: [{ url: backend.url, slot: 0, weight: 1, mode: 'ready' }] });
    third.send(request('GET /3'));
    await arrived(1, 1);
    proxy.change({ backends: [{ url: backend.url, slot: 0, weight: 1, mode: 'drain' }] });
    expect(await third.read(UNAVAILABLE)).toBe(UNAVAILABLE);
    await system.letGo();
    // What was in flight there is answered all the same.
    expect(await first.read(relayed(ok('/1')))).toBe(relayed(ok('/1')));
  });
});

it('a request that waits once more, as the backend that it waited for broke, has no longer for that', async () => {
  const letGo = new Map<string, () => void>();
  const answer = (body: string) => ok(body, 'Connection: close\r\n');
  const script: Script = async ({ head, socket }) => {
    const target = head.split(' ')[1] ?? '';
    if (target === '/breaks') socket.end();
    else await new Promise<void>((resolve) => letGo.set(target, resolve));
    return target === '/breaks' ? '' : answer(target);
  };
  await using a = await scriptedBackend(script);
  await using b = await scriptedBackend(script);
  const limits = { maxInFlight: 1, queueLength: 10, queueWaitMs: 10_000 };
  const retry = { perTryTimeoutMs: 0 };
  await using proxy = await proxyServer([a.url, b.url], { policy: { limits, retry } });
  const { ledger } = proxy.plane.pool;
  const waiting = (count: number) => eventually(() => expect(ledger.waiting).toBe(count));
  const clients: RawClient[] = [];
  const ask = async (target: string) => {
    const client = await RawClient.connect(proxy.port);
    clients.push(client);
    return client.send(request(`GET ${target}`));
  };
  await ask('/1');
  await ask('/2');
  await eventually(() => expect([...letGo.keys()].toSorted()).toEqual(['/1', '/2']));
  const broken = await ask('/breaks');
  await waiting(1);
  proxy.pass(5_000);
  await ask('/3');
  await waiting(2);
  await ask('/4');
  await waiting(3);
  letGo.get('/2')?.();
  // The room that it leaves as it breaks is taken, and it waits behind one that came later and may wait for longer.
  await eventually(() => expect([letGo.has('/3'), ledger.waiting]).toEqual([true, 2]));
  proxy.pass(5_500);
  expect(await broken.read(OVERLOADED)).toBe(OVERLOADED);
  expect(ledger.waiting).toBe(1);
  for (const { socket } of clients) socket.destroy();
  await waiting(0);
});
