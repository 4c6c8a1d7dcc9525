import { eventually } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { failingAndGood, status } from '../testing/failing-and-good.js';
import { ok, relayed, request } from '../testing/messages.js';
import { proxyServer, type ProxyServerOptions } from '../testing/proxy-server.js';
import { RawClient } from '../testing/raw-client.js';
import { scriptedBackend, type Script } from '../testing/scripted-backend.js';

const MARKER = 'x-Balanza-Refused: 1\r\n';
const refused = status(503, MARKER);
const refuses: Script = async ({ body }) => {
  await body;
  return refused;
};
const retry = { refusals: true, replayBytes: 1_114_112, budgetShare: 0, budgetMinimum: 0 };
const HONOURING: ProxyServerOptions = { policy: { retry } };

describe('a request of which a backend says that it did nothing with it', () => {
  it.each([
    ['POST', ''],
    ['POST', 'x'.repeat(1_048_576)],
    ['PATCH', 'hello'],
    ['PUT', 'hello'],
    ['GET', ''],
  ])('goes to another one, whole: %s %.5s', async (method, body) => {
    await using system = await failingAndGood(refuses, HONOURING);
    const { client, other, proxy } = system;
    const expected = relayed(ok(`${method} ${body.length}`));
    const fields = body === '' ? '' : `Content-Length: ${body.length}\r\n`;
    expect(await client.send(request(`${method} /`, fields, body)).read(expected)).toBe(expected);
    expect(other.received[0]?.endsWith(`\r\n\r\n${body}`)).toBe(true);
    // What refuses is not broken, and nobody has to pay for the second try.
    expect(system.counts()).toEqual([
      { requests: 1, errors: 0, retries: 0, inFlight: 0 },
      { requests: 1, errors: 0, retries: 1, inFlight: 0 },
    ]);
    expect(proxy.records).toMatchObject([{ status: 200, retries: 1 }]);
    expect(proxy.plane.replayMemory.used).toBe(0);
  });

  it('goes to another one in chunks, also when it is refused before all of it is there', async () => {
    await using system = await failingAndGood(() => refused, HONOURING);
    const { client, other } = system;
    client.send(request('POST /', 'Transfer-Encoding: chunked\r\n', '5\r\nhello\r\n'));
    await eventually(() => expect(other.received[0]).toMatch(/\r\n\r\n5\r\nhello\r\n$/));
    const expected = relayed(ok('POST 25'));
    expect(await client.send('5\r\nworld\r\n0\r\n\r\n').read(expected)).toBe(expected);
    expect(other.received[0]?.endsWith('\r\n\r\n5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n')).toBe(true);
  });

  it('is answered with the last refusal, without the marker, where all refuse', async () => {
    await using a = await scriptedBackend(refuses);
    await using b = await scriptedBackend(refuses);
    await using proxy = await proxyServer([a.url, b.url], HONOURING);
    using client = await RawClient.connect(proxy.port);
    const expected = relayed(status(503));
    expect(await client.send(request('POST /', 'Content-Length: 5\r\n', 'hello')).read(expected)).toBe(
      expected,
    );
    expect([a, b].map(({ received }) => received.length)).toEqual([1, 1]);
    expect(proxy.backends.map((backend) => backend.totals().errors)).toEqual([0, 0]);
  });

  it('ejects nobody', async () => {
    await using a = await scriptedBackend(refuses);
    await using b = await scriptedBackend(refuses);
    const ejection = { enabled: true, consecutiveErrors: 2, minimumRequests: 2, maxShare: 1 };
    await using proxy = await proxyServer([a.url, b.url], { policy: { retry, ejection } });
    using client = await RawClient.connect(proxy.port);
    const expected = relayed(status(503));
    for (let turn = 0; turn < 10; turn++)
      expect(await client.send(request('POST /')).read(expected)).toBe(expected);
    expect(proxy.backends.map(({ health }) => health.state)).toEqual(['up', 'up']);
    expect([a, b].map(({ received }) => received.join('').match(/^POST/gm)?.length)).toEqual([10, 10]);
  });
});

describe('a request that may not be done twice stays where it is', () => {
  it.each<[string, Script, ProxyServerOptions, string]>([
    ['when nothing is said', () => status(503), HONOURING, status(503)],
    ['when something was done', () => status(200, MARKER), HONOURING, status(200)],
    ['where the marker is not believed', () => refused, { policy: { retry: {} } }, status(503)],
    ['where nothing is tried twice', () => refused, { policy: { retry: { ...retry, max: 0 } } }, status(503)],
    ['when the marker is disguised', () => status(503, 'X_Balanza_Refused: 1\r\n'), HONOURING, ''],
  ])('%s', async (_when, script, options, expected) => {
    await using system = await failingAndGood(script, options);
    const { client, other } = system;
    const answer = relayed(expected === '' ? status(503, 'X_Balanza_Refused: 1\r\n') : expected);
    expect(await client.send(request('POST /')).read(answer)).toBe(answer);
    expect(other.received).toEqual([]);
  });

  it.each([
    ['for a body', { replayBytes: 4 }],
    ['for all bodies', { replayTotalBytes: 4 }],
  ])('when there is no room %s to keep it', async (_what, limit) => {
    await using system = await failingAndGood(refuses, { policy: { retry: { ...retry, ...limit } } });
    const { client, other, proxy } = system;
    const answer = relayed(status(503));
    expect(await client.send(request('POST /', 'Content-Length: 5\r\n', 'hello')).read(answer)).toBe(answer);
    expect(other.received).toEqual([]);
    expect(proxy.plane.replayMemory.used).toBe(0);
  });

  it('after the backend that refused it, when the next one breaks', async () => {
    await using a = await scriptedBackend(refuses);
    await using b = await scriptedBackend(({ socket }) => void socket.end());
    await using c = await scriptedBackend(() => ok('c'));
    await using proxy = await proxyServer([a.url, b.url, c.url], HONOURING);
    using client = await RawClient.connect(proxy.port);
    expect(await client.send(request('POST /')).read('HTTP/1.1 502')).toMatch(/^HTTP\/1\.1 502/);
    expect(c.received).toEqual([]);
  });
});

it('bodies that are kept share the memory, and give it back when their answers begin or their clients leave', async () => {
  await using backend = await scriptedBackend(() => undefined);
  const limited = { ...retry, replayTotalBytes: 8 };
  await using proxy = await proxyServer([backend.url], { policy: { retry: limited } });
  const { replayMemory } = proxy.plane;
  const message = request('POST /', 'Content-Length: 5\r\n', 'hello');
  using first = await RawClient.connect(proxy.port);
  first.send(message);
  await eventually(() => expect(replayMemory.used).toBe(5));
  const second = await RawClient.connect(proxy.port);
  second.send(message);
  await eventually(() => expect(backend.received.join('').match(/hello/g)).toHaveLength(2));
  expect(replayMemory.used).toBe(5);
  second.socket.destroy();
  for (const socket of backend.sockets) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe');
  await eventually(() => expect(replayMemory.used).toBe(0));
  using third = await RawClient.connect(proxy.port);
  third.send(message);
  await eventually(() => expect(replayMemory.used).toBe(5));
  third.socket.destroy();
  await eventually(() => expect(replayMemory.used).toBe(0));
});
