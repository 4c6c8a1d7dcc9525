import type { StrategyDefinition } from '@balanza/balancing';
import { describe, expect, it } from 'vitest';
import { failingAndGood, status } from '../testing/failing-and-good.js';
import { failover } from '../testing/failover.js';
import { request } from '../testing/messages.js';
import { proxyServer } from '../testing/proxy-server.js';
import { RawClient } from '../testing/raw-client.js';
import { scriptedBackend, type Script } from '../testing/scripted-backend.js';

const UPGRADE = 'Connection: Upgrade\r\nUpgrade: echo\r\n';

/** One backend of peak EWMA, a client, and what is known of how long that backend takes. */
async function setUp(script: Script) {
  const backend = await scriptedBackend(script);
  const proxy = await proxyServer([backend.url], { strategy: 'peak-ewma' });
  const client = await RawClient.connect(proxy.port);
  return {
    proxy,
    client,
    latency: () =>
      proxy.backends.map((each) => proxy.plane.pool.strategy.inspect?.(each)['latency_ms'])[0] ?? 0,
    [Symbol.asyncDispose]: async () => {
      client.socket.destroy();
      await proxy[Symbol.asyncDispose]();
      await backend[Symbol.asyncDispose]();
    },
  };
}

describe('a strategy that learns how long backends take', () => {
  it.each([
    ['a stream', request('GET /'), 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n'],
    ['a tunnel', request('GET /', UPGRADE), `HTTP/1.1 101 Switching Protocols\r\n${UPGRADE}\r\n`],
  ])('learns it of %s as it begins, not when it ends', async (_what, message, head) => {
    let finish = () => {};
    await using system = await setUp(({ socket }) => {
      finish = () => void socket.end('done');
      socket.write(head);
    });
    const { client, proxy, latency } = system;
    await client.send(message).readUntil((received) => received.endsWith('\r\n\r\n'));
    const learnt = latency();
    expect(learnt).toBeGreaterThan(0);
    finish();
    expect(await client.read('done')).toBe('done');
    client.end();
    await proxy.idle();
    expect(latency()).toBeLessThanOrEqual(learnt);
  });

  it('learns of a request that broke how long that took', async () => {
    await using system = await setUp(({ socket }) => void socket.end());
    await system.client.send(request('POST /')).readUntil((received) => received.endsWith('}'));
    expect(system.latency()).toBeGreaterThan(0);
  });
});

const BEHIND = 'Proxy-Status: gateway; received-status=503\r\n';
const REFUSED = 'X-Balanza-Refused: 1\r\n';

describe('a strategy that learns how requests go is told what ejection goes by, as good as it or not', () => {
  it.each([
    ['an answer', status(200), {}, false],
    ['an error that speaks of the request', status(404), {}, false],
    ['an error', status(500), {}, true],
    ['an error that comes from behind', status(503, BEHIND), {}, false],
    ['the same where it counts', status(503, BEHIND), { ejection: { relayedErrors: true } }, true],
    // Ejection passes over them; here a quick no would else be a merit.
    ['a refusal', status(503, REFUSED), {}, true],
    ['a refusal by another status', status(429, REFUSED), {}, true],
  ])('%s', async (_what, answer, policy, failed) => {
    const told: boolean[] = [];
    const watching: StrategyDefinition = {
      ...failover,
      create: () => ({
        candidates: (backends) => backends,
        observe: (_backend, outcome) => void told.push(outcome.failed),
      }),
    };
    const retry = { refusals: true, budgetMinimum: 10 };
    const options = { strategy: 'watching', strategies: { watching }, policy: { retry, ...policy } };
    await using backend = await scriptedBackend(() => answer);
    await using proxy = await proxyServer([backend.url], options);
    using client = await RawClient.connect(proxy.port);
    await client.send(request('GET /')).readUntil((received) => received.endsWith('no'));
    expect(told).toEqual([failed]);
    // It is no other where the answer goes to nobody, as somebody else is asked.
    await using system = await failingAndGood(() => answer, options);
    await system.client.send(request('GET /')).readUntil((text) => /\r\n\r\n(?:no|GET 0)$/.test(text));
    expect(told[1]).toBe(failed);
  });
});
