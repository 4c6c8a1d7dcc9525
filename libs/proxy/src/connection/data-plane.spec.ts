import { eventually, freePorts } from '@balanza/testing';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ProxiedBackend } from '../proxied-backend.js';
import {
  badGateway,
  CLOSE,
  DATE,
  forwarded,
  ok,
  OVERLOADED,
  relayed,
  request,
  REFUSED_CONNECTION,
  UNAVAILABLE,
} from '../testing/messages.js';
import { proxyServer } from '../testing/proxy-server.js';
import { RawClient } from '../testing/raw-client.js';
import { heldBackend, scriptedBackend } from '../testing/scripted-backend.js';

/** The address of a port where nobody listens. */
async function nobody(): Promise<string> {
  const [port] = await freePorts(1);
  return `http://127.0.0.1:${port}`;
}

describe('backends', () => {
  it('are asked in turn, and the next one where one cannot be reached, with the whole body', async () => {
    await using backend = await scriptedBackend(async ({ body }) => ok(`${(await body).length}`));
    await using proxy = await proxyServer([await nobody(), await nobody(), backend.url]);
    using client = await RawClient.connect(proxy.port);
    const body = 'x'.repeat(300_000);
    client.send(request('POST /', `Content-Length: ${body.length}\r\n`, body));
    expect(await client.read(relayed(ok('300000')))).toBe(relayed(ok('300000')));
    const counts = proxy.backends.map((each) => [each.totals().errors, each.inFlight]);
    expect(counts).toEqual([
      [1, 0],
      [1, 0],
      [0, 0],
    ]);
  });

  it('that cannot be reached, all of them, are answered for with 503', async () => {
    await using proxy = await proxyServer([await nobody(), await nobody()]);
    using client = await RawClient.connect(proxy.port);
    const expected = REFUSED_CONNECTION + UNAVAILABLE;
    const body = 'x'.repeat(100);
    client.send(request('POST /', 'Content-Length: 100\r\n', body) + request('GET /'));
    expect(await client.read(expected)).toBe(expected);
  });

  it('are passed over when they have all they may have, and answered for with 503 when all do', async () => {
    const { promise: go, resolve } = Promise.withResolvers<void>();
    const script = async ({ head }: { head: string }) => {
      if (head.startsWith('GET /slow')) await go;
      return ok('');
    };
    await using first = await scriptedBackend(script);
    await using second = await scriptedBackend(script);
    await using proxy = await proxyServer([first.url, second.url], {
      policy: { limits: { maxInFlight: 1, queueLength: 0 } },
    });
    using slow = await RawClient.connect(proxy.port);
    slow.send(request('GET /slow'));
    await eventually(() => expect(proxy.backends[0]?.inFlight).toBe(1));
    using client = await RawClient.connect(proxy.port);
    for (let turn = 0; turn < 3; turn++) {
      expect(await client.send(request('GET /')).read(relayed(ok('')))).toBe(relayed(ok('')));
    }
    expect(second.received.join('')).toBe(forwarded('GET /').repeat(3));
    client.send(request('GET /slow'));
    await eventually(() => expect(proxy.backends[1]?.inFlight).toBe(1));
    using third = await RawClient.connect(proxy.port);
    expect(await third.send(request('GET /')).read(OVERLOADED)).toBe(OVERLOADED);
    resolve();
    expect(await slow.read(relayed(ok('')))).toBe(relayed(ok('')));
  });
});

describe('a proxy', () => {
  it('answers with the same choice of backend instead of asking it, in redirect mode', async () => {
    await using proxy = await proxyServer(['http://one:1', 'http://two:2'], { mode: 'redirect' });
    using client = await RawClient.connect(proxy.port);
    const to = (location: string) =>
      `HTTP/1.1 307 Temporary Redirect\r\n${DATE}Content-Length: 0\r\nX-Request-Id: r1\r\nLocation: ${location}\r\n\r\n`;
    const expected = to('http://one:1/a?b=c') + to('http://two:2/') + to('http://one:1/');
    const body = request('POST /', 'Content-Length: 5\r\n', 'hello');
    client.send(request('GET /a?b=c') + body + request('GET /'));
    expect(await client.read(expected)).toBe(expected);
    expect(proxy.records.map(({ status, over }) => [status, over])).toEqual([
      [307, true],
      [307, true],
      [307, true],
    ]);
    await proxy.idle();
  });

  it('has its own routes answered elsewhere, whatever its mode and load, and counts them as nobody’s', async () => {
    await using own = await scriptedBackend(({ head }) => ok(`own ${head.split(' ')[1]}`));
    await using proxy = await proxyServer(['http://one:1'], {
      mode: 'redirect',
      policy: { limits: { maxInFlight: 0, queueLength: 0 } },
      own: {
        backend: new ProxiedBackend({ url: own.url, weight: 1 }),
        isOwn: (target) => target === '/status',
      },
    });
    using client = await RawClient.connect(proxy.port);
    const expected = relayed(ok('own /status')) + OVERLOADED;
    expect(await client.send(request('GET /status') + request('GET /statuses')).read(expected)).toBe(
      expected,
    );
    expect(proxy.records.map(({ target }) => target)).toEqual(['/statuses']);
  });

  it('answers 502 for its own routes when they cannot be reached', async () => {
    const backend = new ProxiedBackend({ url: await nobody(), weight: 1 });
    await using proxy = await proxyServer([], { own: { backend, isOwn: () => true } });
    using client = await RawClient.connect(proxy.port);
    const expected = badGateway('connection_refused', 'The backend accepts no connection; try again');
    expect(await client.send(request('GET /')).read(expected)).toBe(expected);
    expect(proxy.records.map(({ own, status }) => [own, status])).toEqual([[true, 502]]);
  });

  it('closes the connections that are too many at once, and takes others when some have gone', async () => {
    await using backend = await scriptedBackend(() => ok(''));
    await using proxy = await proxyServer([backend.url], { maxConnections: 2 });
    using first = await RawClient.connect(proxy.port);
    const second = await RawClient.connect(proxy.port);
    using third = await RawClient.connect(proxy.port);
    // Whoever is let in is answered.
    third.socket.write(request('GET /'));
    expect((await third.readAll()).text).toBe('');
    expect(await first.send(request('GET /')).read(relayed(ok('')))).toBe(relayed(ok('')));
    second.socket.destroy();
    await eventually(async () => {
      using fourth = await RawClient.connect(proxy.port);
      expect(await fourth.send(request('GET /')).read(relayed(ok('')))).toBe(relayed(ok('')));
    });
  });

  it('refuses what is no request before any backend hears of it, and counts it', async () => {
    const statuses: number[] = [];
    await using backend = await scriptedBackend(() => ok(''));
    await using proxy = await proxyServer([backend.url], { onRefused: (status) => statuses.push(status) });
    for (const message of [
      'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
      `GET /${'a'.repeat(9_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
      `GET / HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(101)}\r\n`,
    ]) {
      using client = await RawClient.connect(proxy.port);
      const { text, closed } = await client.send(message + request('GET /smuggled')).readAll();
      expect([text.split('HTTP/1.1 ').length - 1, text.includes(CLOSE), closed]).toEqual([1, true, 'end']);
    }
    expect([statuses, backend.received]).toEqual([[400, 414, 431], []]);
  });

  it('that closes lets requests in flight finish, and nobody begin another', async () => {
    await using backend = await heldBackend(ok('done'));
    await using proxy = await proxyServer([backend.url]);
    using busy = await RawClient.connect(proxy.port);
    using idle = await RawClient.connect(proxy.port);
    busy.send(request('GET /'));
    await eventually(() => expect(proxy.backends[0]?.inFlight).toBe(1));
    const closed = proxy.plane.close(10_000);
    expect(await idle.readAll()).toEqual({ text: '', closed: 'end' });
    await expect(RawClient.connect(proxy.port)).rejects.toThrow('ECONNREFUSED');
    backend.release();
    expect(await busy.readAll()).toEqual({ text: relayed(ok('done'), CLOSE), closed: 'end' });
    idle.end();
    busy.end();
    await closed;
    await eventually(() => expect(backend.sockets.size).toBe(0));
  });

  it('that closes still answers what had been sent by then, and says that it is the last', async () => {
    await using backend = await scriptedBackend(({ head }) => ok(head.split(' ')[1] ?? ''));
    await using proxy = await proxyServer([backend.url]);
    using fresh = await RawClient.connect(proxy.port);
    using kept = await RawClient.connect(proxy.port);
    expect(await kept.send(request('GET /')).read(relayed(ok('/')))).toBe(relayed(ok('/')));
    await eventually(() => expect(proxy.plane.deadlines.size).toBe(3));
    // Nobody has read these yet when it closes.
    fresh.send(request('GET /fresh'));
    kept.send(request('GET /kept'));
    const closed = proxy.plane.close(10_000);
    expect(await fresh.readAll()).toEqual({ text: relayed(ok('/fresh'), CLOSE), closed: 'end' });
    expect(await kept.readAll()).toEqual({ text: relayed(ok('/kept'), CLOSE), closed: 'end' });
    fresh.end();
    kept.end();
    await closed;
  });

  it('that closes reads once more before it closes what nobody uses', async () => {
    await using backend = await scriptedBackend(() => ok(''));
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    await eventually(() => expect(proxy.plane.deadlines.size).toBe(1));
    const closed = proxy.plane.close(10_000);
    // A deadline comes by a timer, before the event loop looks what there is to be read.
    await setTimeout(0);
    client.send(request('GET /'));
    proxy.pass(200);
    expect(await client.readAll()).toEqual({ text: relayed(ok(''), CLOSE), closed: 'end' });
    client.end();
    await closed;
  });

  it('that closes takes who is connected already, and waits no longer for them than for others', async () => {
    await using backend = await scriptedBackend(() => ok(''));
    await using proxy = await proxyServer([backend.url]);
    const connecting = [RawClient.connect(proxy.port), RawClient.connect(proxy.port)];
    const closed = proxy.plane.close(60_000);
    const [asking, silent] = (await Promise.all(connecting)) as [RawClient, RawClient];
    asking.send(request('GET /'));
    expect(await asking.readAll()).toEqual({ text: relayed(ok(''), CLOSE), closed: 'end' });
    expect(await silent.readAll()).toEqual({ text: '', closed: 'end' });
    asking.end();
    silent.end();
    await closed;
  });

  it('that closes in the middle of an answer still gives the one that was asked for behind it', async () => {
    const { promise: go, resolve } = Promise.withResolvers<string>();
    await using backend = await scriptedBackend(async ({ head, socket }) => {
      if (head.startsWith('GET /next')) return ok('next');
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello');
      return go;
    });
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    const begun = relayed('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello');
    expect(await client.send(request('GET /') + request('GET /next')).read(begun)).toBe(begun);
    const closed = proxy.plane.close(10_000);
    resolve('world');
    const text = `world${relayed(ok('next'), CLOSE)}`;
    expect(await client.readAll()).toEqual({ text, closed: 'end' });
    client.end();
    await closed;
  });

  it.each([30 * 86_400_000, Infinity])(
    'that may take %d ms to close cuts nothing before',
    async (graceMs) => {
      const { promise: go, resolve } = Promise.withResolvers<string>();
      await using backend = await scriptedBackend(() => go);
      await using proxy = await proxyServer([backend.url]);
      using client = await RawClient.connect(proxy.port);
      client.send(request('GET /'));
      await eventually(() => expect(proxy.backends[0]?.inFlight).toBe(1));
      const closed = proxy.plane.close(graceMs);
      // Later than 1 ms, for which a timer takes what is too long for it.
      await setTimeout(50);
      resolve(ok('late'));
      expect(await client.readAll()).toEqual({ text: relayed(ok('late'), CLOSE), closed: 'end' });
      client.end();
      await closed;
    },
  );

  it('whose time is over before it has begun sets no timer in the past', async () => {
    const warnings: string[] = [];
    const onWarning = ({ name }: Error) => warnings.push(name);
    process.on('warning', onWarning);
    await using backend = await scriptedBackend(() => undefined);
    await using proxy = await proxyServer([backend.url]);
    await proxy.plane.close(0);
    // Warnings are told in a later turn.
    await new Promise(setImmediate);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it('that has no more time cuts what is left', async () => {
    await using backend = await scriptedBackend(() => undefined);
    await using proxy = await proxyServer([backend.url]);
    using client = await RawClient.connect(proxy.port);
    client.send(request('GET /'));
    await eventually(() => expect(proxy.backends[0]?.inFlight).toBe(1));
    await proxy.plane.close(0);
    expect((await client.readAll()).text).toBe('');
    expect(proxy.records).toMatchObject([{ status: 499 }]);
  });

  it('that has no more time cuts those too whom it accepts at the end', async () => {
    await using backend = await scriptedBackend(() => undefined);
    await using proxy = await proxyServer([backend.url]);
    const connecting = RawClient.connect(proxy.port);
    await new Promise<void>((resolve) => process.nextTick(resolve));
    const closed = proxy.plane.close(0);
    // The system has connected it, and the time is over before the event loop gets to accept it.
    const until = performance.now() + 5;
    while (performance.now() < until);
    using client = await connecting;
    client.send(request('GET /'));
    await closed;
    expect((await client.readAll()).text).toBe('');
  });
});
