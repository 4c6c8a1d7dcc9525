import { eventually, freePorts, httpUpstream } from '@balanza/testing';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { close, failingAndGood, status } from '../testing/failing-and-good.js';
import { ok, REFUSED_CONNECTION, relayed, request, UNAVAILABLE } from '../testing/messages.js';
import { proxyServer } from '../testing/proxy-server.js';
import { RawClient } from '../testing/raw-client.js';
import { scriptedBackend, type ReceivedRequest, type Script } from '../testing/scripted-backend.js';

/** Everything as it is unless somebody says otherwise. */
const DEFAULTS = { retry: {}, ejection: {}, limits: {}, slowStart: {} };
const GOOD = relayed(ok('good'));

/** A server on this very port. */
async function serveAt(port: number, text: string) {
  const server = createServer((_request, response) => response.end(text));
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return server;
}

describe('one of two backends that fails 1 request in 3', () => {
  const fails: [string, (request: ReceivedRequest) => string | undefined][] = [
    ['500', () => 'HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n'],
    ['503', () => 'HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n'],
    ['a broken connection', ({ socket }) => void socket.resetAndDestroy()],
  ];

  it.each(fails)('by %s gets at most a fifth of the traffic, and no client sees it', async (_how, fail) => {
    for (const strategy of ['round-robin', 'least-connections', 'random', 'peak-ewma']) {
      let asked = 0;
      await using failing = await scriptedBackend((received) =>
        ++asked % 3 === 0 ? fail(received) : ok('good'),
      );
      await using other = await scriptedBackend(() => ok('good'));
      await using proxy = await proxyServer([failing.url, other.url], { strategy, policy: DEFAULTS });
      using client = await RawClient.connect(proxy.port);
      const answers = new Set<string>();
      for (let turn = 0; turn < 100; turn++) answers.add(await client.send(request('GET /')).read(GOOD));
      expect([strategy, [...answers]]).toEqual([strategy, [GOOD]]);
      expect(asked).toBeLessThanOrEqual(20);
    }
  });
});

describe('the errors of a backend', () => {
  it.each<[string, number, Script]>([
    ['an answer that says it is broken', 1, () => status(503)],
    ['one that says so of the request', 0, () => status(501)],
    ['no answer', 1, close],
    [
      'a broken answer that is cut off',
      1,
      ({ socket }) => void socket.end('HTTP/1.1 500 No\r\nContent-Length: 9\r\n\r\nno'),
    ],
    [
      'a good answer that is cut off',
      1,
      ({ socket }) => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nno'),
    ],
    ['a good answer', 0, () => ok('good')],
  ])('count %s %i times', async (_what, errors, script) => {
    await using system = await failingAndGood(script);
    await system.client.send(request('POST /', 'Connection: close\r\n')).readAll();
    expect(system.counts()).toEqual([
      { requests: 1, errors, retries: 0, inFlight: 0 },
      { requests: 0, errors: 0, retries: 0, inFlight: 0 },
    ]);
  });
});

describe('a backend that hands on errors of those behind it', () => {
  const RELAYED = 'Proxy-Status: x; error=destination_unavailable, gateway; received-status=503\r\n';

  /** What became of the first backend after 20 requests that it cannot serve, with its errors. */
  async function after(fields: string, ejection = {}) {
    await using system = await failingAndGood(() => status(503, fields), {
      policy: { ...DEFAULTS, ejection },
    });
    for (let sent = 0; sent < 20; sent++)
      await system.client.send(request('POST /')).readUntil((text) => /\r\n\r\n(?:no|POST 0)$/.test(text));
    const [first] = system.proxy.backends;
    return [first?.health.state, first?.totals().errors];
  }

  it('is not held responsible, unless the policy says so', async () => {
    expect(await after(RELAYED)).toEqual(['up', 0]);
    expect(await after(RELAYED, { relayedErrors: true })).toEqual(['ejected', 5]);
  });

  it.each(['', 'Proxy-Status: cache; fwd=miss\r\n', 'Proxy-Status: gateway; error=proxy_internal_error\r\n'])(
    'is where it does not say so: %j',
    async (fields) => {
      expect(await after(fields)).toEqual(['ejected', 5]);
    },
  );

  it('still has what may be sent again go to others', async () => {
    await using system = await failingAndGood(() => status(503, RELAYED), { policy: DEFAULTS });
    const good = relayed(ok('GET 0'));
    expect(await system.client.send(request('GET /')).read(good)).toBe(good);
  });
});

describe('a backend that is ejected', () => {
  it('is known to be dead where it is, and not left out for longer than that', async () => {
    let now = 1_000_000;
    const requests: ReceivedRequest[] = [];
    const dying = await scriptedBackend((received) => void requests.push(received));
    await using other = await scriptedBackend(() => ok('good'));
    const options = { policy: { ...DEFAULTS, slowStart: { windowMs: 0 } }, now: () => now };
    await using proxy = await proxyServer([dying.url, other.url], options);
    const clients = await Promise.all(Array.from({ length: 10 }, () => RawClient.connect(proxy.port)));
    for (const client of clients) client.send(request('POST /'));
    await eventually(() => expect(requests).toHaveLength(5));
    const { port } = dying;
    await dying.stop();
    for (const client of clients) await client.read('HTTP/1.1 200');
    await eventually(() =>
      expect(proxy.backends[0]?.health).toMatchObject({ state: 'down', reason: 'refused' }),
    );
    await using returned = await serveAt(port, 'back');
    now += 1_000;
    const answers = [await (await fetch(proxy.url)).text(), await (await fetch(proxy.url)).text()];
    expect([answers.toSorted(), returned.listening]).toEqual([['back', 'good'], true]);
    for (const client of clients) client.socket.destroy();
  });
});

describe('a backend that is not there', () => {
  it('is out at once, tried with a request a second, and back by itself when it is there again', async () => {
    let now = 1_000_000;
    const [port = 0] = await freePorts(1);
    await using other = await httpUpstream((_request, response) => response.end('other'));
    const options = { policy: { ...DEFAULTS, slowStart: { windowMs: 0 } }, now: () => now };
    await using proxy = await proxyServer([`http://127.0.0.1:${port}`, other.url], options);
    const get = async () => (await fetch(proxy.url)).text();
    const [backend] = proxy.backends;
    const tries = () => backend?.totals().requests;
    expect([await get(), await get(), await get()]).toEqual(['other', 'other', 'other']);
    expect([backend?.health.state, backend?.health.reason, tries()]).toEqual(['down', 'refused', 1]);
    now += 1_000;
    expect([await get(), await get(), tries()]).toEqual(['other', 'other', 2]);
    await using returned = await serveAt(port, 'returned');
    expect([await get(), await get(), tries()]).toEqual(['other', 'other', 2]);
    now += 1_000;
    expect([await get(), await get(), await get()]).toEqual(['returned', 'other', 'returned']);
    expect([returned.listening, backend?.health.state]).toEqual([true, 'up']);
  });

  it('and is the only one: 503 at once, and no restart is needed when it returns', async () => {
    let now = 1_000_000;
    const [port = 0] = await freePorts(1);
    await using proxy = await proxyServer([`http://127.0.0.1:${port}`], { policy: DEFAULTS, now: () => now });
    using client = await RawClient.connect(proxy.port);
    for (let turn = 0; turn < 5; turn++) {
      const message = request(turn % 2 === 0 ? 'GET /' : 'POST /');
      const expected = turn === 0 ? REFUSED_CONNECTION : UNAVAILABLE;
      expect(await client.send(message).read(expected)).toBe(expected);
    }
    expect(proxy.backends[0]?.totals().requests).toBe(1);
    await using returned = await serveAt(port, 'back');
    now += 1_000;
    expect([await (await fetch(proxy.url)).text(), returned.listening]).toEqual(['back', true]);
  });

  it('takes nothing from a client, also not a POST, when it dies in mid-load', async () => {
    const script: Script = async ({ body, head }) => ok(`${head.split(' ')[0]} ${(await body).length}`);
    const dying = await scriptedBackend(script);
    await using other = await scriptedBackend(script);
    await using proxy = await proxyServer([dying.url, other.url], { policy: DEFAULTS });
    const clients = await Promise.all(Array.from({ length: 10 }, () => RawClient.connect(proxy.port)));
    const expected = relayed(ok('PUT 5'));
    const answers: string[] = [];
    const users = clients.map(async (client) => {
      for (let turn = 0; turn < 60; turn++) {
        client.send(request('PUT /', 'Content-Length: 5\r\n', 'hello'));
        answers.push(await client.read(expected));
      }
    });
    await eventually(() => expect(answers.length).toBeGreaterThan(100));
    await dying.stop();
    await Promise.all(users);
    expect(answers.filter((answer) => answer !== expected)).toEqual([]);
    expect(answers).toHaveLength(600);
    expect(proxy.backends[0]?.health.reason).toBe('refused');
    const posts = relayed(ok('POST 5'));
    for (const client of clients) {
      client.send(request('POST /', 'Content-Length: 5\r\n', 'hello'));
      expect(await client.read(posts)).toBe(posts);
      client.socket.destroy();
    }
  });
});
