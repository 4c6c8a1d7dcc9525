import { eventually } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { ok, relayed, request, UNAVAILABLE } from '../testing/messages.js';
import { proxyServer } from '../testing/proxy-server.js';
import { RawClient } from '../testing/raw-client.js';
import { scriptedBackend, type Script } from '../testing/scripted-backend.js';
import type { BackendMode } from '../resilience/plan.js';
import { Tunnel } from './tunnel.js';

const named =
  (name: string): Script =>
  () =>
    ok(name);
const planned = (...backends: readonly (readonly [{ url: string }, number?, BackendMode?])[]) =>
  backends.map(([{ url }, weight = 1, mode = 'ready'], slot) => ({ url, slot, weight, mode }));

/** Asks `count` times over one connection. */
async function ask(client: RawClient, count: number): Promise<string> {
  let answers = '';
  for (let turn = 0; turn < count; turn++)
    answers += (await client.send(request('GET /')).read(relayed(ok('a')))).slice(-1);
  return answers;
}

describe('a plan that changes while requests go on', () => {
  it('moves weight, strategy and backends, and not one request is lost', async () => {
    await using a = await scriptedBackend(named('a'));
    await using b = await scriptedBackend(named('b'));
    await using c = await scriptedBackend(named('c'));
    await using proxy = await proxyServer([a.url, b.url], { policy: { slowStart: { windowMs: 0 } } });
    using client = await RawClient.connect(proxy.port);
    expect(await ask(client, 4)).toBe('abab');
    proxy.change({
      strategy: { name: 'weighted-round-robin', settings: {} },
      backends: planned([a, 3], [b]),
    });
    expect(await ask(client, 8)).toBe('aabaaaba');
    proxy.change({ backends: planned([a, 3], [b], [c]) });
    expect((await ask(client, 10)).replaceAll('a', '').length).toBe(4);
    proxy.change({
      strategy: { name: 'round-robin', settings: {} },
      backends: planned([a], [b, 1, 'drain'], [c]),
    });
    expect(await ask(client, 4)).toMatch(/^(ac){2}|(ca){2}$/);
    proxy.change({ backends: planned([a], [b], [c, 1, 'maintenance']) });
    expect(await ask(client, 4)).toMatch(/^(ab){2}|(ba){2}$/);
    const busy = await Promise.all(Array.from({ length: 8 }, () => RawClient.connect(proxy.port)));
    const asked = Promise.all(busy.map((each) => ask(each, 100)));
    const weights = [1, 5, 2, 7, 3];
    for (let turn = 0; turn < 50; turn++) {
      const weight = weights[turn % weights.length] ?? 1;
      const name =
        ['round-robin', 'weighted-round-robin', 'peak-ewma', 'maglev', 'least-connections'][turn % 5] ?? '';
      const mode = turn % 2 === 0 ? 'drain' : 'ready';
      proxy.change({ strategy: { name, settings: {} }, backends: planned([a, weight], [b, 1, mode], [c]) });
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await asked).join('')).toMatch(/^[abc]{800}$/);
    for (const each of busy) each.socket.destroy();
  });

  it('lets requests at a backend that is drained finish, and closes the connections that nobody uses', async () => {
    for (const leave of ['drain', 'maintenance', 'remove'] as const) {
      const { promise: go, resolve } = Promise.withResolvers<void>();
      await using a = await scriptedBackend(async ({ head }) => {
        if (head.startsWith('GET /slow')) await go;
        return ok('a');
      });
      await using b = await scriptedBackend(named('b'));
      // It is not their age that closes them.
      await using proxy = await proxyServer([a.url, b.url], { timeouts: { backendKeepAlive: 60_000 } });
      using slow = await RawClient.connect(proxy.port);
      using client = await RawClient.connect(proxy.port);
      expect(await ask(client, 2)).toBe('ab');
      slow.send(request('GET /slow'));
      await eventually(() => expect(a.received.join('')).toContain('/slow'));
      expect(await ask(client, 2)).toBe('ba');
      expect(a.sockets.size).toBe(2);
      if (leave === 'remove') proxy.change({ backends: planned([a], [b]).slice(1) });
      else proxy.change({ backends: planned([a, 1, leave], [b]) });
      await eventually(() => expect(a.sockets.size).toBe(1));
      expect(await ask(client, 3)).toBe('bbb');
      resolve();
      expect(await slow.read(relayed(ok('a')))).toBe(relayed(ok('a')));
      await eventually(() => expect(a.sockets.size).toBe(0));
      proxy.change({ backends: planned([a, 1, 'drain'], [b, 1, 'drain']) });
      expect(await client.send(request('GET /')).read(UNAVAILABLE)).toBe(UNAVAILABLE);
      proxy.change({ backends: planned([a], [b]) });
      expect(await ask(client, 1)).toMatch(/[ab]/);
    }
  });

  it('that makes no sense is refused, and the one before goes on', async () => {
    await using a = await scriptedBackend(named('a'));
    await using proxy = await proxyServer([a.url]);
    using client = await RawClient.connect(proxy.port);
    expect(() => proxy.change({ strategy: { name: 'best', settings: {} }, backends: [] })).toThrow(
      RangeError,
    );
    expect(await ask(client, 2)).toBe('aa');
  });

  it('leaves nothing of a backend that has no connection when it goes', async () => {
    await using a = await scriptedBackend(named('a'));
    await using b = await scriptedBackend(named('b'));
    await using proxy = await proxyServer([a.url, b.url]);
    using client = await RawClient.connect(proxy.port);
    expect(await ask(client, 2)).toBe('ab');
    const { plane, backends } = proxy;
    const pools = new Map(backends.map((backend) => [backend, plane.poolOf(backend)]));
    proxy.pass(plane.timeouts.backendKeepAlive);
    await eventually(() => expect(b.sockets.size).toBe(0));
    proxy.change({ backends: planned([a]) });
    expect(backends.map((backend) => plane.poolOf(backend) === pools.get(backend))).toEqual([true, false]);
  });
});

describe('a tunnel to a backend that is drained', () => {
  const UPGRADE = 'Connection: Upgrade\r\nUpgrade: echo\r\n';
  const SWITCHED = `HTTP/1.1 101 Switching Protocols\r\n${UPGRADE}\r\n`;
  const echo: Script = ({ socket }) => {
    socket.write(SWITCHED);
    socket.on('data', (text: string) => socket.write(text));
  };

  it('has the time that the policy gives it, whatever passes, and all of it where the backend is put back', async () => {
    await using a = await scriptedBackend(echo);
    await using proxy = await proxyServer([a.url], { policy: { drain: { tunnelMs: 5_000 } } });
    using client = await RawClient.connect(proxy.port);
    const ping = async (text: string) => expect(await client.send(text).read(text)).toBe(text);
    client.send(request('GET /', UPGRADE));
    expect(await client.readUntil((received) => received.includes('\r\n\r\n'))).toMatch(/^HTTP\/1\.1 101 /);
    await ping('one');
    proxy.change({ backends: planned([a, 1, 'drain']) });
    proxy.pass(4_000);
    await ping('two');
    proxy.change({ backends: planned([a]) });
    proxy.pass(4_000);
    await ping('three');
    const { deadlines } = proxy.plane;
    const drainedAt = deadlines.now;
    proxy.change({ backends: planned([a, 1, 'drain']) });
    proxy.pass(3_000);
    // Another change does not give it more time.
    proxy.change({ backends: planned([a, 1, 'maintenance']) });
    await ping('four');
    proxy.pass(2_200);
    expect((await client.readAll()).text).toBe('');
    // With the time anew from then on it would be 8 s and more.
    expect(deadlines.now - drainedAt).toBeLessThan(7_500);
    await eventually(() => expect([a.sockets.size, proxy.plane.deadlines.of(Tunnel)]).toEqual([0, []]));
  });
});
