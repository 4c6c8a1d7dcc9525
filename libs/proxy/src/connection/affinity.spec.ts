import { describe, expect, it } from 'vitest';
import { ProxiedBackend } from '../proxied-backend.js';
import { sharedNow } from '../shared-clock.js';
import { forwarded, ok, request } from '../testing/messages.js';
import { proxyServer, type ProxyServer } from '../testing/proxy-server.js';
import { RawClient } from '../testing/raw-client.js';
import { scriptedBackend, type Script } from '../testing/scripted-backend.js';

const named =
  (name: string): Script =>
  () =>
    ok(name);
const STICKY = { cookie: 'stick', secret: 's'.repeat(32), maxAgeSeconds: 60, secure: false };

/** Asks once. @returns who answered, and the `Set-Cookie` line of the answer */
async function ask({ port }: ProxyServer, fields = ''): Promise<readonly [string, string]> {
  using client = await RawClient.connect(port);
  const text = await client
    .send(request('GET /', fields))
    .readUntil((received) => /\r\n\r\n.$/.test(received));
  return [text.slice(-1), /^Set-Cookie: .*\r\n/m.exec(text)?.[0] ?? ''];
}

const cookieIn = (line: string) => `Cookie: ${/^Set-Cookie: ([^;]*)/.exec(line)?.[1]}\r\n`;

describe('a client with a cookie', () => {
  it('is kept at its backend, is told nothing new, and its cookie goes on to the backend', async () => {
    await using a = await scriptedBackend(named('a'));
    await using b = await scriptedBackend(named('b'));
    await using proxy = await proxyServer([a.url, b.url], { policy: { sticky: STICKY } });
    const [first, line] = await ask(proxy);
    expect([first, line]).toEqual([
      'a',
      expect.stringMatching(
        /^Set-Cookie: stick=[\w.-]{56}; Path=\/; Max-Age=60; HttpOnly; SameSite=Lax\r\n$/,
      ),
    ]);
    const cookie = cookieIn(line);
    for (let turn = 0; turn < 5; turn++) expect(await ask(proxy, cookie)).toEqual(['a', '']);
    expect((await ask(proxy))[0]).toBe('b');
    expect(a.received.join('')).toContain(forwarded('GET /', cookie));
    expect((await ask(proxy, 'Cookie: stick=made.up\r\n'))[1]).not.toBe('');
  });

  it('goes elsewhere while its backend is out, and stays there', async () => {
    await using a = await scriptedBackend(named('a'));
    await using b = await scriptedBackend(named('b'));
    const policy = { sticky: STICKY, slowStart: { windowMs: 0 } };
    await using proxy = await proxyServer([a.url, b.url], { policy });
    const [, line] = await ask(proxy);
    const [backend] = proxy.backends;
    const outs: [() => void, () => void][] = [
      [() => backend?.health.onRefused(sharedNow()), () => backend?.health.clear()],
      [
        () => backend?.health.eject('error-share', sharedNow(), proxy.plane.pool.policy.ejection),
        () => backend?.health.clear(),
      ],
      [
        () => proxy.change({ backends: modes('drain', 'ready') }),
        () => proxy.change({ backends: modes('ready', 'ready') }),
      ],
    ];
    const modes = (...list: ('ready' | 'drain')[]) =>
      [a, b].map(({ url }, slot) => ({ url, slot, weight: 1, mode: list[slot] ?? 'ready' }));
    for (const [takeOut, putBack] of outs) {
      takeOut();
      const [answer, moved] = await ask(proxy, cookieIn(line));
      expect([answer, moved]).toEqual(['b', expect.stringContaining('stick=')]);
      putBack();
      expect(await ask(proxy, cookieIn(moved))).toEqual(['b', '']);
      expect(await ask(proxy, cookieIn(line))).toEqual(['a', '']);
    }
  });

  it('goes elsewhere and comes back where its backend is only full', async () => {
    await using a = await scriptedBackend(named('a'));
    await using b = await scriptedBackend(named('b'));
    const policy = { sticky: STICKY, limits: { maxInFlight: 1 } };
    await using proxy = await proxyServer([a.url, b.url], { policy });
    const [, line] = await ask(proxy);
    await proxy.idle();
    proxy.backends[0]?.enter();
    expect(await ask(proxy, cookieIn(line))).toEqual(['b', '']);
    proxy.backends[0]?.leave();
    expect(await ask(proxy, cookieIn(line))).toEqual(['a', '']);
  });

  it('is told nothing with the proxy’s own routes, nor where nobody is kept anywhere', async () => {
    await using a = await scriptedBackend(named('a'));
    await using own = await scriptedBackend(named('o'));
    const backend = new ProxiedBackend({ url: own.url, weight: 1 });
    const options = { policy: { sticky: STICKY }, own: { backend, isOwn: () => true } };
    await using proxy = await proxyServer([a.url], options);
    expect(await ask(proxy)).toEqual(['o', '']);
    await using other = await proxyServer([a.url]);
    expect(await ask(other)).toEqual(['a', '']);
  });
});

describe('a strategy that hashes', () => {
  const cases: [string, string, string][] = [
    ['header X-User', 'X-User: ', '\r\n'],
    ['cookie user', 'Cookie: x=1; user=', '; y=2\r\n'],
  ];

  it.each(cases)('sends requests with the same %s to the same backend', async (hashKey, before, after) => {
    for (const name of ['ring-hash', 'maglev', 'rendezvous', 'bounded-load']) {
      await using a = await scriptedBackend(named('a'));
      await using b = await scriptedBackend(named('b'));
      await using proxy = await proxyServer([a.url, b.url], { strategy: name });
      proxy.change({ strategy: { name, settings: {}, hashKey } });
      const answers = [];
      for (let user = 0; user < 16; user++) {
        const fields = `${before}user-${user}${after}`;
        answers.push((await ask(proxy, fields))[0]);
        expect((await ask(proxy, fields))[0]).toBe(answers.at(-1));
      }
      expect(new Set(answers)).toEqual(new Set(['a', 'b']));
    }
  });

  it('hashes the client’s address, as a trusted proxy has seen it, and no other', async () => {
    await using a = await scriptedBackend(named('a'));
    await using b = await scriptedBackend(named('b'));
    const addresses = Array.from({ length: 16 }, (_, index) => `198.51.100.${index}`);
    const spread = async (isTrusted: boolean, fields: (address: string) => string) => {
      await using proxy = await proxyServer([a.url, b.url], {
        strategy: 'ring-hash',
        isTrusted: (address) => isTrusted && address.startsWith('127.'),
      });
      const answers = new Set<string>();
      for (const address of addresses) answers.add((await ask(proxy, fields(address)))[0]);
      return answers.size;
    };
    const first = (address: string) => `X-Forwarded-For: ${address}, 127.0.0.9\r\n`;
    expect(await spread(true, first)).toBe(2);
    expect(await spread(false, first)).toBe(1);
    // What stands before the address that a trusted proxy has added is the client's own invention.
    expect(await spread(true, (address) => `X-Forwarded-For: ${address}, 203.0.113.7\r\n`)).toBe(1);
  });
});
