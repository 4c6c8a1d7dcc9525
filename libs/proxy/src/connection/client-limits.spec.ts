import { eventually } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { CLOSE, DATE, ok, refused, relayed, request } from '../testing/messages.js';
import { proxyServer } from '../testing/proxy-server.js';
import { RawClient } from '../testing/raw-client.js';
import { heldBackend, scriptedBackend } from '../testing/scripted-backend.js';
import { clientGroup } from './client-group.js';

const RETRY = 'Retry-After: 1\r\n';
const REQUESTS =
  'Too many requests in flight from this address (limit 1); try again when one of them has its response';
const TOO_MANY_REQUESTS = refused('429 Too Many Requests', REQUESTS, RETRY);
const CONNECTIONS = '{"error":"Too many connections from this address (limit 2); close one of them"}';
const TOO_MANY_CONNECTIONS =
  `HTTP/1.1 429 Too Many Requests\r\n${DATE}Content-Type: application/json; charset=utf-8\r\n` +
  `Content-Length: ${CONNECTIONS.length}\r\n${RETRY}${CLOSE}\r\n${CONNECTIONS}`;

describe('connections of one address', () => {
  it('beyond the limit get 429 and are closed, and are taken again once others have closed', async () => {
    await using backend = await scriptedBackend(() => ok(''));
    await using proxy = await proxyServer([backend.url], { clients: { connections: 2 } });
    using first = await RawClient.connect(proxy.port);
    using second = await RawClient.connect(proxy.port);
    for (const client of [first, second])
      expect(await client.send(request('GET /')).read(relayed(ok('')))).toBe(relayed(ok('')));
    using third = await RawClient.connect(proxy.port);
    expect(await third.send(request('GET /')).readAll()).toEqual({
      text: TOO_MANY_CONNECTIONS,
      closed: 'end',
    });
    third.socket.destroy();
    first.socket.destroy();
    await eventually(async () => {
      using another = await RawClient.connect(proxy.port);
      expect(await another.send(request('GET /')).read(relayed(ok('')))).toBe(relayed(ok('')));
    });
    expect(await second.send(request('GET /')).read(relayed(ok('')))).toBe(relayed(ok('')));
    second.socket.destroy();
    await eventually(() => expect(proxy.plane.connectionsOfClients.size).toBe(0));
  });

  it('that is a trusted proxy’s have no limit', async () => {
    await using backend = await scriptedBackend(() => ok(''));
    await using proxy = await proxyServer([backend.url], {
      clients: { connections: 1 },
      isTrusted: () => true,
    });
    using first = await RawClient.connect(proxy.port);
    using second = await RawClient.connect(proxy.port);
    for (const client of [first, second])
      expect(await client.send(request('GET /')).read(relayed(ok('')))).toBe(relayed(ok('')));
  });
});

describe('requests of one address', () => {
  it('beyond the limit get 429, and the connection goes on', async () => {
    await using backend = await heldBackend(ok(''));
    await using proxy = await proxyServer([backend.url], { clients: { requests: 1 } });
    using first = await RawClient.connect(proxy.port);
    using second = await RawClient.connect(proxy.port);
    first.send(request('GET /'));
    await eventually(() => expect(proxy.backends[0]?.inFlight).toBe(1));
    for (let turn = 0; turn < 2; turn++)
      expect(await second.send(request('GET /')).read(TOO_MANY_REQUESTS)).toBe(TOO_MANY_REQUESTS);
    backend.release();
    expect(await first.read(relayed(ok('')))).toBe(relayed(ok('')));
    expect(await second.send(request('GET /')).read(relayed(ok('')))).toBe(relayed(ok('')));
    expect(proxy.plane.requestsOfClients.size).toBe(0);
  });

  it('count from the head on, while the body is awaited', async () => {
    await using proxy = await proxyServer([], { clients: { requests: 1 }, bodies: {} });
    using slow = await RawClient.connect(proxy.port);
    using other = await RawClient.connect(proxy.port);
    slow.send(request('POST /', 'Content-Length: 10\r\n', 'hello'));
    await eventually(() => expect(proxy.plane.requestsOfClients.size).toBe(1));
    expect(await other.send(request('GET /')).read(TOO_MANY_REQUESTS)).toBe(TOO_MANY_REQUESTS);
    slow.reset();
    await eventually(() => expect(proxy.plane.requestsOfClients.size).toBe(0));
  });

  it('are those of the address that a trusted proxy names, and of no other', async () => {
    await using backend = await heldBackend(ok(''));
    const isTrusted = (address: string) => address === '127.0.0.1' || address === '10.0.0.1';
    await using proxy = await proxyServer([backend.url], { clients: { requests: 1 }, isTrusted });
    const ask = async (hops: string) => {
      const client = await RawClient.connect(proxy.port);
      client.send(request('GET /', `X-Forwarded-For: ${hops}\r\n`));
      return client;
    };
    using first = await ask('198.51.100.1, 203.0.113.7, 10.0.0.1');
    await eventually(() => expect(proxy.backends[0]?.inFlight).toBe(1));
    using other = await ask('198.51.100.1, 203.0.113.8');
    await eventually(() => expect(proxy.backends[0]?.inFlight).toBe(2));
    using same = await ask('198.51.100.2, 203.0.113.7');
    expect(await same.read(TOO_MANY_REQUESTS)).toBe(TOO_MANY_REQUESTS);
    backend.release();
    for (const client of [first, other]) expect(await client.read(relayed(ok('')))).toBe(relayed(ok('')));
  });
});

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
  ['2001:db8::1:2:3:4:5', '2001:db8:0:1::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
])('%s is of the client %s', (address, client) => {
  expect(clientGroup(address)).toBe(client);
});
