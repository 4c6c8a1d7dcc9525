import { eventually, httpUpstream } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { startBalancer } from './testing/balancer.js';
import { LOGGING, logLines } from './testing/log-lines.js';

/** A backend whose checks are answered by the process of this name. */
const backendOf = (instance: { name: string | undefined }) =>
  httpUpstream(({ url }, response) => {
    if (url === '/ready' && instance.name !== undefined)
      response.setHeader('X-Balanza-Instance', instance.name);
    response.end(url);
  });

const instances = async (url: string) => {
  const { gateways } = (await (await fetch(`${url}/status`)).json()) as {
    gateways: { url: string; instance: string | null }[];
  };
  return gateways.map((each) => [each.url, each.instance]);
};

describe('which process a backend is', () => {
  it('is in /status and in the log of requests, as checks hear it', async () => {
    using log = logLines();
    const process = { name: 'a9d10110' };
    await using named = await backendOf(process);
    await using unnamed = await backendOf({ name: undefined });
    await using odd = await backendOf({ name: 'two words' });
    await using balancer = await startBalancer('load-balancer', [named, unnamed, odd], {
      environment: { ...LOGGING, ACCESS_LOG: 'true' },
      settings: { health: { path: '/ready', interval: 0.1 } },
    });
    await eventually(async () =>
      expect(await instances(balancer.url)).toEqual([
        [named.url, 'a9d10110'],
        [unnamed.url, null],
        [odd.url, null],
      ]),
    );
    for (let request = 0; request < 3; request++) await (await fetch(`${balancer.url}/some`)).text();
    await eventually(() => {
      const lines = log.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      const requests = lines.filter(({ url }) => url === '/some');
      expect(requests.map(({ backend, backend_instance: instance }) => [backend, instance])).toEqual([
        [named.url, 'a9d10110'],
        [unnamed.url, undefined],
        [odd.url, undefined],
      ]);
    });
    // Another process takes its place.
    process.name = 'b0000001';
    await eventually(async () => expect((await instances(balancer.url))[0]).toEqual([named.url, 'b0000001']));
  });
});

describe('X-Served-By', () => {
  const servedBy = async (url: string) => {
    const response = await fetch(url);
    await response.text();
    return [response.status, response.headers.get('x-served-by')];
  };

  it('names the backend in each response where SERVED_BY says so, and in no other', async () => {
    await using a = await backendOf({ name: undefined });
    await using failing = await httpUpstream(({ socket }) => socket.destroy());
    await using plain = await startBalancer('load-balancer', [a]);
    expect(await servedBy(plain.url)).toEqual([200, null]);
    const host = (url: string) => new URL(url).host;
    await using balancer = await startBalancer('load-balancer', [a, failing], {
      environment: { SERVED_BY: 'true', RETRIES: '0' },
      settings: { ejection: { enabled: false } },
    });
    expect([await servedBy(balancer.url), await servedBy(balancer.url)]).toEqual([
      [200, host(a.url)],
      [502, host(failing.url)],
    ]);
    expect(await servedBy(`${balancer.url}/status`)).toEqual([200, null]);
  });
});
