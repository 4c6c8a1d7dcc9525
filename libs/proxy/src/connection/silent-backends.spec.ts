import { eventually } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { failingAndGood, RETRIED } from '../testing/failing-and-good.js';
import { sharedNow } from '../shared-clock.js';
import { ok, relayed, request } from '../testing/messages.js';
import { proxyServer } from '../testing/proxy-server.js';
import { RawClient } from '../testing/raw-client.js';
import { scriptedBackend, type Script } from '../testing/scripted-backend.js';
import { eventClock } from './event-clock.js';

describe('a backend that takes requests and never answers', () => {
  const frozen: Script = () => undefined;

  it('has them taken over by another when the time for one try is over', async () => {
    await using system = await failingAndGood(frozen, { policy: { retry: { perTryTimeoutMs: 2_000 } } });
    const { client, failing, other, proxy } = system;
    client.send(request('GET /'));
    await eventually(() => expect(failing.received).toHaveLength(1));
    proxy.pass(1_900);
    expect(other.received).toEqual([]);
    proxy.pass(300);
    expect(await client.read(relayed(ok('GET 0')))).toBe(relayed(ok('GET 0')));
    expect(system.counts()).toEqual(RETRIED);
    await eventually(() => expect(failing.sockets.size).toBe(0));
  });

  it('loses all that it has at once when its checks fail too', async () => {
    await using system = await failingAndGood(frozen, { policy: { retry: { perTryTimeoutMs: 60_000 } } });
    const { client, failing, proxy } = system;
    using post = await RawClient.connect(proxy.port);
    client.send(request('GET /'));
    await eventually(() => expect(failing.received).toHaveLength(1));
    proxy.backends[1]?.health.onRefused(sharedNow());
    post.send(request('POST /'));
    await eventually(() => expect(proxy.backends[0]?.inFlight).toBe(2));
    proxy.backends[1]?.health.clear();
    const { checks, slowStart } = proxy.plane.pool.policy;
    for (let check = 0; check < checks.fall; check++)
      proxy.backends[0]?.health.onCheck(false, sharedNow(), checks, slowStart);
    expect(await client.read(relayed(ok('GET 0')))).toBe(relayed(ok('GET 0')));
    // What may not be done twice stays.
    expect(proxy.backends[0]?.inFlight).toBe(1);
  });

  it('keeps it where no time is set for one attempt: it may be slow, and no request is done twice', async () => {
    const held: (() => void)[] = [];
    const slow: Script = async () => {
      await new Promise<void>((resolve) => held.push(resolve));
      return ok('slow');
    };
    await using system = await failingAndGood(slow);
    const { client, other, proxy } = system;
    client.send(request('GET /'));
    await eventually(() => expect(held).toHaveLength(1));
    proxy.pass(40_000);
    const { checks, slowStart } = proxy.plane.pool.policy;
    for (let check = 0; check < checks.fall; check++)
      proxy.backends[0]?.health.onCheck(false, sharedNow(), checks, slowStart);
    const downSince = performance.now();
    await eventually(() => expect(performance.now() - downSince).toBeGreaterThan(1_300));
    held.shift()?.();
    expect(await client.read(relayed(ok('slow')))).toBe(relayed(ok('slow')));
    expect(other.received).toEqual([]);
  });

  it('that is out for another reason and still answers keeps what it has', async () => {
    const held: (() => void)[] = [];
    const slow: Script = async ({ head }) => {
      if (head.startsWith('GET /slow')) await new Promise<void>((resolve) => held.push(resolve));
      return ok('slow');
    };
    await using system = await failingAndGood(slow, { policy: { retry: { perTryTimeoutMs: 60_000 } } });
    const { client, other, proxy } = system;
    using quick = await RawClient.connect(proxy.port);
    client.send(request('GET /slow'));
    await eventually(() => expect(held).toHaveLength(1));
    const answers = relayed(ok('GET 0'));
    expect(await quick.send(request('GET /')).read(answers)).toBe(answers);
    expect(await quick.send(request('GET /')).read(relayed(ok('slow')))).toBe(relayed(ok('slow')));
    const { checks, slowStart } = proxy.plane.pool.policy;
    for (let check = 0; check < checks.fall; check++)
      proxy.backends[0]?.health.onCheck(false, sharedNow(), checks, slowStart);
    const silentSince = performance.now();
    await eventually(() => expect(performance.now() - silentSince).toBeGreaterThan(1_300));
    held.shift()?.();
    expect(await client.read(relayed(ok('slow')))).toBe(relayed(ok('slow')));
    expect(other.received.join('')).not.toContain('/slow');
  });

  it('is blamed for that only when it has not answered others meanwhile', async () => {
    const mixed: Script = ({ head }) => (head.startsWith('GET /slow') ? undefined : ok('quick'));
    const policy = { retry: { perTryTimeoutMs: 2_000, budgetMinimum: 100 }, ejection: {} };
    for (const [answers, state] of [
      [true, 'up'],
      [false, 'ejected'],
    ] as const) {
      await using first = await scriptedBackend(mixed);
      await using other = await scriptedBackend(() => ok('other'));
      await using proxy = await proxyServer([first.url, other.url], { policy });
      using quick = await RawClient.connect(proxy.port);
      for (let turn = 0; turn < 5; turn++) {
        using slow = await RawClient.connect(proxy.port);
        // In rotation the first one gets the slow request, and one quick one behind it.
        slow.send(request('GET /slow'));
        await eventually(() => expect(proxy.backends[0]?.inFlight).toBe(1));
        if (answers)
          for (const name of ['other', 'quick']) await quick.send(request('GET /')).read(relayed(ok(name)));
        proxy.pass(2_200);
        expect(await slow.read(relayed(ok('other')))).toBe(relayed(ok('other')));
      }
      expect(proxy.backends[0]?.health.state).toBe(state);
    }
  });

  it('has all the time there is where nobody else may be asked', async () => {
    await using backend = await scriptedBackend(frozen);
    await using proxy = await proxyServer([backend.url], { policy: { retry: { perTryTimeoutMs: 2_000 } } });
    using client = await RawClient.connect(proxy.port);
    client.send(request('GET /'));
    await eventually(() => expect(backend.received).toHaveLength(1));
    for (let second = 0; second < 59; second++) proxy.pass(1_000);
    expect(proxy.backends[0]?.inFlight).toBe(1);
    proxy.pass(1_500);
    expect(await client.read('x'.repeat(20))).toMatch(/^HTTP\/1.1 504 /);
  });

  it('has all the time there is for what may not be done twice', async () => {
    await using system = await failingAndGood(frozen, { policy: { retry: { perTryTimeoutMs: 2_000 } } });
    const { client, failing, other, proxy } = system;
    client.send(request('POST /'));
    await eventually(() => expect(failing.received).toHaveLength(1));
    proxy.pass(59_000);
    expect([other.received, proxy.backends[0]?.inFlight]).toEqual([[], 1]);
    proxy.pass(2_000);
    expect(await client.read('x'.repeat(20))).toMatch(/^HTTP\/1.1 504 /);
  });

  it('is ejected by them, and no client sees any of it', async () => {
    const options = { policy: { retry: { perTryTimeoutMs: 2_000 }, ejection: {} } };
    await using system = await failingAndGood(frozen, options);
    const { failing, proxy } = system;
    const clients = await Promise.all(Array.from({ length: 40 }, () => RawClient.connect(proxy.port)));
    // What went before has paid for the retries.
    const { retryBudget, policy } = proxy.plane.pool;
    for (let turn = 0; turn < 200; turn++) retryBudget.onRequest(eventClock.shared, policy.retry);
    for (const client of clients) client.send(request('GET /'));
    await eventually(() =>
      expect([failing.received.length, ...proxy.backends.map((each) => each.totals().requests)]).toEqual([
        20, 20, 20,
      ]),
    );
    proxy.pass(2_200);
    for (const client of clients) expect(await client.read(relayed(ok('GET 0')))).toBe(relayed(ok('GET 0')));
    expect(proxy.backends.map(({ health }) => health.reason)).toEqual(['consecutive-errors', undefined]);
    for (const client of clients) client.socket.destroy();
  });
});
