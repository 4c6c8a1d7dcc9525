import { openFileLimit, shareOpenFiles } from '@balanza/proxy';
import { eventually, httpUpstream } from '@balanza/testing';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { namedBackend, startBalancer } from '../testing/balancer.js';
import { LOGGING, logLines } from '../testing/log-lines.js';

describe('what the environment says reaches the data plane:', () => {
  it.each([
    ['nobody', {}, '127.0.0.1'],
    ['a proxy in front', { TRUSTED_PROXIES: '127.0.0.0/8' }, '203.0.113.7, 127.0.0.1'],
    ['another one', { TRUSTED_PROXIES: '10.0.0.0/8' }, '127.0.0.1'],
  ])('%s is believed', async (_who, environment, seen) => {
    await using echo = await httpUpstream(({ headers }, response) =>
      response.end(headers['x-forwarded-for']),
    );
    await using balancer = await startBalancer('load-balancer', [echo], { environment });
    const answer = await fetch(balancer.url, { headers: { 'x-forwarded-for': '203.0.113.7' } });
    expect(await answer.text()).toBe(seen);
  });

  it('how many connections there may be', async () => {
    await using a = await namedBackend('a');
    await using balancer = await startBalancer('load-balancer', [a], {
      environment: { MAX_CONNECTIONS: '1' },
    });
    const ask = (): Promise<string> =>
      text(
        connect(balancer.port, '127.0.0.1').end('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'),
      ).catch(String);
    const held = connect(balancer.port, '127.0.0.1');
    held.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(String(await once(held, 'data'))).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(await ask()).not.toContain('200 OK');
    held.destroy();
    await eventually(async () => expect(await ask()).toMatch(/^HTTP\/1\.1 200 OK\r\n/));
  });

  it.each(['CLIENT_CONNECTIONS', 'CLIENT_IN_FLIGHT'])('how much one address may have: %s', async (name) => {
    const arrived = Promise.withResolvers<void>();
    await using slow = await httpUpstream(({ url }, response) => {
      if (url === '/held') arrived.resolve();
      else response.end('served');
    });
    await using balancer = await startBalancer('load-balancer', [slow], { environment: { [name]: '1' } });
    const held = connect(balancer.port, '127.0.0.1');
    held.write('GET /held HTTP/1.1\r\nHost: a\r\n\r\n');
    await arrived.promise;
    expect((await fetch(balancer.url)).status).toBe(429);
    held.destroy();
    await eventually(async () => expect(await (await fetch(balancer.url)).text()).toBe('served'));
  });

  const limit = openFileLimit();
  it.runIf(limit < 2_000_000)('how many of them the limit of open files leaves is said', async () => {
    await using a = await namedBackend('a');
    using log = logLines();
    const environment = { ...LOGGING, MAX_CONNECTIONS: '1000000' };
    const balancer = await startBalancer('load-balancer', [a], { environment });
    await balancer[Symbol.asyncDispose]();
    const { connections } = shareOpenFiles(limit, 1);
    const said = log.lines.map((line) => JSON.parse(line) as object).filter((line) => 'wanted' in line);
    expect(said).toMatchObject([{ level: 40, limit, connections, wanted: 1_000_000 }]);
  });

  it.each([
    ['HEAD_LIMIT', '1024', 431, 'The request head is over the limit of 1024 bytes'],
    ['FIELD_LIMIT', '10', 431, 'The request head has more than 10 fields'],
    ['TARGET_LIMIT', '64', 414, 'The request target is over the limit of 64 bytes'],
    ['RESPONSE_HEAD_LIMIT', '1024', 502, undefined],
    ['RESPONSE_FIELD_LIMIT', '10', 502, undefined],
  ])('%s', async (name, value, status, error) => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`x-${index}`, 'y'.repeat(40)]));
    await using backend = await httpUpstream((_request, response) =>
      response.writeHead(200, name.startsWith('RESPONSE') ? many : {}).end('served'),
    );
    const ask = (balancer: { url: string }) =>
      fetch(`${balancer.url}/${'p'.repeat(100)}`, name.startsWith('RESPONSE') ? {} : { headers: many });
    await using usual = await startBalancer('load-balancer', [backend]);
    expect(await (await ask(usual)).text()).toBe('served');
    await using lower = await startBalancer('load-balancer', [backend], { environment: { [name]: value } });
    const answer = await ask(lower);
    expect(answer.status).toBe(status);
    if (error !== undefined) expect(await answer.json()).toEqual({ error });
  });

  it('how long a backend may take to answer', async () => {
    await using silent = await httpUpstream(() => undefined);
    const environment = { BACKEND_HEAD_TIMEOUT: '0.2' };
    await using balancer = await startBalancer('load-balancer', [silent], { environment });
    expect((await fetch(balancer.url, { method: 'POST' })).status).toBe(504);
  });
});

it('an ejection is seen to be over also where nobody asks', async () => {
  await using sick = await httpUpstream((_request, response) => response.writeHead(503).end());
  await using well = await namedBackend('b');
  const settings = { health: { check: 'off' }, ejection: { base: 2 } };
  await using balancer = await startBalancer('load-balancer', [sick, well], { settings });
  const state = async () => {
    const { gateways } = (await (await fetch(`${balancer.url}/status`)).json()) as {
      gateways: { state: string; ejected_until: string | null }[];
    };
    return [gateways[0]?.state, gateways[0]?.ejected_until];
  };
  for (let turn = 0; turn < 10; turn++) await fetch(balancer.url, { method: 'POST' });
  expect(await state()).toEqual(['ejected', expect.any(String)]);
  await eventually(async () => expect(await state()).toEqual(['up', null]));
});
