import { eventually } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { sharedNow } from '../shared-clock.js';
import { close, failingAndGood, RETRIED, RETRYING, status } from '../testing/failing-and-good.js';
import {
  BAD_GATEWAY,
  forwarded,
  INCOMPLETE_RESPONSE,
  ok,
  PROTOCOL_ERROR,
  relayed,
  request,
  UNAVAILABLE,
} from '../testing/messages.js';
import { proxyServer } from '../testing/proxy-server.js';
import { RawClient } from '../testing/raw-client.js';
import { heldBackend, scriptedBackend, type Script } from '../testing/scripted-backend.js';
import { READ_BYTES } from './byte-socket.js';

/** As long as one read may be. */
const FULL_READ = status(503, '', 'x'.repeat(READ_BYTES - 46));

describe('an idempotent request goes to another backend', () => {
  it.each<[string, Script]>([
    ['closes', close],
    ['resets', ({ socket }) => void socket.resetAndDestroy()],
    ['answers 500', () => status(500)],
    ['answers 502', () => status(502)],
    ['answers 503, at length', () => status(503, '', 'x'.repeat(200_000))],
    ['answers 504 without a length', ({ socket }) => void socket.end('HTTP/1.1 504 Late\r\n\r\nlate')],
    [
      'answers 503 in chunks',
      () => 'HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n',
    ],
    [
      'answers 503 in chunks that make no sense',
      () => 'HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    ],
  ])('when the first one %s', async (_how, script) => {
    await using system = await failingAndGood(script);
    const { client, other, proxy } = system;
    expect(await client.send(request('GET /')).read(relayed(ok('GET 0')))).toBe(relayed(ok('GET 0')));
    expect(other.received).toEqual([forwarded('GET /')]);
    expect(system.counts()).toEqual(RETRIED);
    expect(proxy.records).toMatchObject([{ status: 200, retries: 1 }]);
  });

  it('with its body, as long as that is short, also in chunks', async () => {
    const body = 'x'.repeat(65_536);
    const chunks = '5\r\nhello\r\n0\r\n\r\n';
    for (const [fields, sent, length] of [
      [`Content-Length: ${body.length}\r\n`, body, body.length],
      ['Transfer-Encoding: chunked\r\n', chunks, chunks.length],
    ] as const) {
      await using system = await failingAndGood(async (received) => {
        await received.body;
        return status(503);
      });
      const { client, other } = system;
      const expected = relayed(ok(`PUT ${length}`));
      expect(await client.send(request('PUT /', fields, sent)).read(expected)).toBe(expected);
      expect(other.received[0]?.endsWith(`\r\n\r\n${sent}`)).toBe(true);
      expect(system.counts()).toEqual(RETRIED);
    }
  });

  it('with what came of its body before, and what comes after', async () => {
    await using system = await failingAndGood(() => undefined);
    const { client, other, failing } = system;
    client.send(request('PUT /', 'Content-Length: 10\r\n', 'hello'));
    await eventually(() => expect(failing.received[0]).toMatch(/hello$/));
    for (const socket of failing.sockets) socket.resetAndDestroy();
    await eventually(() => expect(other.received[0]).toMatch(/\r\n\r\nhello$/));
    expect(await client.send('world').read(relayed(ok('PUT 10')))).toBe(relayed(ok('PUT 10')));
    expect(other.received[0]).toMatch(/\r\n\r\nhelloworld$/);
  });

  it('over the connections that are there, which serve the next ones', async () => {
    await using system = await failingAndGood(() => status(500));
    const { client, failing, other } = system;
    for (let turn = 0; turn < 3; turn++)
      expect(await client.send(request('GET /')).read(relayed(ok('GET 0')))).toBe(relayed(ok('GET 0')));
    expect([failing.received.length, other.received.length]).toEqual([1, 1]);
  });

  it.each<[string, string, string, number]>([
    ['kept, where all of it has come', status(503), '', 1],
    ['closed, where something came behind it', status(503) + ok('poison'), '', 0],
    ['closed, where more may have come with it', FULL_READ, '', 0],
    ['closed, where it came before the whole request', status(503), 'Content-Length: 10\r\n', 0],
  ])('and the connection with the answer that nobody gets is %s', async (_what, answer, fields, sockets) => {
    // Long enough that no connection closes for want of use.
    const timeouts = { backendKeepAlive: 60_000 };
    await using system = await failingAndGood(() => answer, { ...RETRYING, timeouts });
    const { client, failing, other } = system;
    const isWhole = fields === '';
    client.send(isWhole ? request('GET /') : request('PUT /', fields, 'hello'));
    await eventually(() => expect(other.received).toHaveLength(1));
    await eventually(() => expect(failing.sockets.size).toBe(sockets));
    const expected = relayed(ok(isWhole ? 'GET 0' : 'PUT 10'));
    expect(await client.send(isWhole ? '' : 'world').read(expected)).toBe(expected);
  });

  it('at most twice, and then the client gets the answer as it is', async () => {
    const script: Script = () => status(503, 'Retry-After: 7\r\n', 'sorry');
    await using a = await scriptedBackend(script);
    await using b = await scriptedBackend(script);
    await using c = await scriptedBackend(script);
    await using d = await scriptedBackend(script);
    await using proxy = await proxyServer([a.url, b.url, c.url, d.url], RETRYING);
    using client = await RawClient.connect(proxy.port);
    const expected = relayed(status(503, 'Retry-After: 7\r\n', 'sorry'));
    expect(await client.send(request('GET /')).read(expected)).toBe(expected);
    expect([a, b, c, d].map(({ received }) => received.length)).toEqual([1, 1, 1, 0]);
  });

  it('waits for one where all the others are full', async () => {
    const { promise: go, resolve } = Promise.withResolvers<void>();
    const limits = { maxInFlight: 1, queueLength: 10, queueWaitMs: 60_000 };
    await using first = await scriptedBackend(async ({ head, socket }) => {
      if (head.startsWith('GET /slow')) await go;
      else socket.end();
      return ok('slow');
    });
    await using second = await scriptedBackend(async ({ head }) => {
      if (head.startsWith('GET /slow')) await go;
      return ok('good');
    });
    await using proxy = await proxyServer([first.url, second.url], { policy: { retry: {}, limits } });
    using busy = await RawClient.connect(proxy.port);
    using client = await RawClient.connect(proxy.port);
    // The rotation goes on with the second, then the first.
    proxy.backends[0]?.enter();
    busy.send(request('GET /slow'));
    await eventually(() => expect(second.received).toHaveLength(1));
    proxy.backends[0]?.leave();
    client.send(request('GET /'));
    await eventually(() => expect([first.received.length, proxy.plane.pool.ledger.waiting]).toEqual([1, 1]));
    resolve();
    expect(await client.read(relayed(ok('good')))).toBe(relayed(ok('good')));
    expect(await busy.read(relayed(ok('good')))).toBe(relayed(ok('good')));
    expect(proxy.backends.map((backend) => backend.totals().retries)).toEqual([0, 1]);
  });

  it('needs no budget at a backend that has served requests and failed none', async () => {
    let isGood = true;
    await using failing = await scriptedBackend(() => status(503));
    await using other = await scriptedBackend(() => (isGood ? ok('good') : status(503)));
    const retry = { budgetShare: 0, budgetMinimum: 0 };
    // Many errors are needed, so that nothing is ejected here.
    const ejection = { consecutiveErrors: 100, minimumRequests: 100 };
    await using proxy = await proxyServer([failing.url, other.url], { policy: { retry, ejection } });
    using client = await RawClient.connect(proxy.port);
    const statusOf = async () => {
      client.send(request('GET /'));
      return Number((await client.readUntil((text) => /\r\n\r\n(no|good)$/.test(text))).split(' ')[1]);
    };
    // The other one is not known to serve yet; then it is, for all that the first one fails; then it fails itself.
    expect([await statusOf(), await statusOf(), await statusOf(), await statusOf()]).toEqual([
      503, 200, 200, 200,
    ]);
    isGood = false;
    expect([await statusOf(), await statusOf(), await statusOf()]).toEqual([503, 503, 503]);
  });

  it('costs nothing where it may not wait either', async () => {
    const limits = { maxInFlight: 1, queueLength: 1, queueWaitMs: 60_000 };
    await using first = await scriptedBackend(close);
    await using second = await scriptedBackend(() => ok('never asked'));
    // There is one retry, and nobody pays for another.
    const retry = { budgetShare: 0, budgetMinimum: 1 };
    await using proxy = await proxyServer([first.url, second.url], { policy: { retry, limits } });
    const { ledger, retryBudget, policy } = proxy.plane.pool;
    proxy.backends[1]?.enter();
    ledger.addWaiting(0, 1);
    for (let turn = 0; turn < 3; turn++) {
      using client = await RawClient.connect(proxy.port);
      expect(await client.send(request('GET /')).read(BAD_GATEWAY)).toBe(BAD_GATEWAY);
    }
    proxy.backends[1]?.leave();
    ledger.addWaiting(0, -1);
    const take = () => retryBudget.take(performance.now(), policy.retry);
    expect([take(), take()]).toEqual([true, false]);
  });

  it('keeps nobody from the backend that it may not ask again while it waits', async () => {
    const limits = { maxInFlight: 1, queueLength: 10, queueWaitMs: 60_000 };
    await using first = await scriptedBackend(async ({ head, socket }) => {
      if (head.startsWith('GET /breaks')) socket.end();
      return ok('first');
    });
    await using second = await heldBackend(ok('second'));
    await using proxy = await proxyServer([second.url, first.url], { policy: { retry: {}, limits } });
    using busy = await RawClient.connect(proxy.port);
    using waiting = await RawClient.connect(proxy.port);
    using client = await RawClient.connect(proxy.port);
    busy.send(request('GET /'));
    await eventually(() => expect(second.received).toHaveLength(1));
    waiting.send(request('GET /breaks'));
    await eventually(() => expect([first.received.length, proxy.plane.pool.ledger.waiting]).toEqual([1, 1]));
    for (let turn = 0; turn < 3; turn++)
      expect(await client.send(request('GET /')).read(relayed(ok('first')))).toBe(relayed(ok('first')));
    expect(proxy.plane.pool.ledger.waiting).toBe(1);
    second.release();
    for (const each of [busy, waiting])
      expect(await each.read(relayed(ok('second')))).toBe(relayed(ok('second')));
  });
});

describe('no request is sent twice', () => {
  it.each<[string, string, Script, string]>([
    ['that may not be done twice', request('POST /'), close, BAD_GATEWAY],
    [
      'that may not be done twice and was refused',
      request('POST /'),
      () => status(503),
      relayed(status(503)),
    ],
    [
      'of which something was answered',
      request('GET /'),
      ({ socket }) => void socket.end('HTTP/1.1 2'),
      INCOMPLETE_RESPONSE,
    ],
    [
      'that was answered with what is not HTTP',
      request('GET /'),
      () => 'garbage, a lot of it\r\n',
      PROTOCOL_ERROR,
    ],
    [
      'of which an interim answer went to the client',
      request('GET /'),
      ({ socket }) =>
        void socket.end('HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n'),
      relayed('HTTP/1.1 103 Early Hints\r\n\r\n') + relayed('HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n'),
    ],
    ['whose failure is its own', request('GET /'), () => status(501), relayed(status(501))],
  ])('%s', async (_what, message, script, expected) => {
    await using system = await failingAndGood(script);
    const { client, other } = system;
    expect(await client.send(message).read(expected)).toBe(expected);
    expect(other.received).toEqual([]);
  });

  it('whose body was too long to keep', async () => {
    await using system = await failingAndGood(async ({ body }) => {
      await body;
      return status(503);
    });
    const { client, other } = system;
    const message = request('PUT /', 'Content-Length: 65537\r\n', 'x'.repeat(65_537));
    expect(await client.send(message).read(relayed(status(503)))).toBe(relayed(status(503)));
    expect(other.received).toEqual([]);
  });

  it('where retries are switched off', async () => {
    await using system = await failingAndGood(() => status(503), { policy: { retry: { max: 0 } } });
    expect(await system.client.send(request('GET /')).read(relayed(status(503)))).toBe(relayed(status(503)));
  });

  it('that is half answered: the client’s connection is cut', async () => {
    await using system = await failingAndGood(
      ({ socket }) => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'),
    );
    const { text } = await system.client.send(request('GET /')).readAll();
    expect([text.endsWith('hello'), system.other.received]).toEqual([true, []]);
  });
});

describe('when every backend fails', () => {
  const fails: readonly Script[] = [
    close,
    () => status(500),
    () => status(503, 'Connection: close\r\n'),
    ({ socket }) => void socket.resetAndDestroy(),
  ];

  it.each([1, 20])('retries never become a storm, with %i clients', async (clients) => {
    let asked = 0;
    const script: Script = (received) => fails[asked++ % fails.length]?.(received);
    await using a = await scriptedBackend(script);
    await using b = await scriptedBackend(script);
    await using c = await scriptedBackend(script);
    await using proxy = await proxyServer([a.url, b.url, c.url], { policy: { retry: {}, ejection: {} } });
    const REQUESTS = 400;
    const statuses: string[] = [];
    await Promise.all(
      Array.from({ length: clients }, async () => {
        for (let turn = 0; turn < REQUESTS / clients; turn++) {
          using client = await RawClient.connect(proxy.port);
          client.send(request('GET /', 'Connection: close\r\n'));
          statuses.push((await client.readAll()).text.slice(9, 12));
        }
      }),
    );
    expect(statuses).toHaveLength(REQUESTS);
    expect(asked).toBeLessThanOrEqual(1.2 * REQUESTS + 3);
    expect(asked).toBeGreaterThan(REQUESTS);
    expect(new Set(statuses)).toEqual(new Set(['500', '502', '503']));
  });

  it('only requests that were sent pay for retries', async () => {
    const script: Script = () => status(503);
    await using a = await scriptedBackend(script);
    await using b = await scriptedBackend(script);
    await using proxy = await proxyServer([a.url, b.url], RETRYING);
    using client = await RawClient.connect(proxy.port);
    const { slowStart } = proxy.plane.pool.policy;
    for (const { health } of proxy.backends) health.onRefused(sharedNow());
    for (let turn = 0; turn < 50; turn++)
      expect(await client.send(request('GET /')).read(UNAVAILABLE)).toBe(UNAVAILABLE);
    for (const { health } of proxy.backends) health.onAccepted(sharedNow(), slowStart);
    for (let turn = 0; turn < 10; turn++)
      expect(await client.send(request('GET /')).read(relayed(status(503)))).toBe(relayed(status(503)));
    expect((a.received.join('') + b.received.join('')).match(/^GET/gm)).toHaveLength(10 + 3 + 2);
  });
});
