import { freePorts, httpUpstream } from '@balanza/testing';
import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { namedBackend, startBalancer } from './testing/balancer.js';

/** A balancer on `port` in front of `urls`, which does not check them: all that is seen is what requests meet. */
function balancerOn(
  port: number,
  urls: readonly string[],
  environment: Readonly<Record<string, string>> = {},
) {
  return startBalancer(
    'load-balancer',
    urls.map((url) => ({ url })),
    { environment: { PORT: String(port), HEALTH_CHECK: 'off', ...environment } },
  );
}

/** Two balancers; what is behind the second depends on where the first one is. */
async function twoBalancers(
  behind: (first: string) => readonly string[],
  environment?: Readonly<Record<string, string>>,
) {
  const ports = await freePorts(2);
  const [first = '', second = ''] = ports.map((port) => `http://127.0.0.1:${port}`);
  const [firstPort = 0, secondPort = 0] = ports;
  const stack = new AsyncDisposableStack();
  const a = stack.use(await balancerOn(firstPort, [second], environment));
  const b = stack.use(await balancerOn(secondPort, behind(first), environment));
  const names = [a, b].map(({ context }) => environment?.['PROXY_NAME'] ?? `balanza-${context.instance}`);
  return { url: first, names, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe('two balancers, one behind the other,', () => {
  it('pass requests on, and each adds its name to Via', async () => {
    let received: IncomingHttpHeaders = {};
    await using backend = await httpUpstream((request, response) => {
      received = request.headers;
      response.end('good');
    });
    await using chain = await twoBalancers(() => [backend.url]);
    const answer = await fetch(chain.url, { headers: { via: '1.0 edge (balanza)' } });
    const [a, b] = chain.names;
    expect([await answer.text(), answer.headers.get('via')]).toEqual(['good', `1.1 ${b}, 1.1 ${a}`]);
    expect(received.via).toBe(`1.0 edge (balanza), 1.1 ${a}, 1.1 ${b}`);
    expect(a).not.toBe(b);
  });
});

describe('two balancers in front of each other', () => {
  it.each(['GET', 'POST'])('answer %s with 502 when it comes a second time', async (method) => {
    await using loop = await twoBalancers((first) => [first]);
    const [a, b] = loop.names;
    const body = method === 'POST' ? { body: 'x'.repeat(100_000) } : {};
    const answer = await fetch(`${loop.url}/any`, { method, headers: { 'x-request-id': 'r1' }, ...body });
    expect([answer.status, await answer.json()]).toEqual([
      502,
      {
        error:
          'The request came through this balancer a second time; the backends of some balancer on its way lead back here',
        request_id: 'r1',
      },
    ]);
    expect(answer.headers.get('proxy-status')).toBe(
      `${a}; error=proxy_loop_detected, ${b}; received-status=502, ${a}; received-status=502`,
    );
    // The first one's own response has passed the second one and the first one, and no more.
    expect(answer.headers.get('via')).toBe(`1.1 ${b}, 1.1 ${a}`);
  });

  it('find the backend that is beside the loop', async () => {
    await using good = await namedBackend('good');
    await using chain = await twoBalancers((first) => [first, good.url]);
    for (let request = 0; request < 3; request++) expect(await (await fetch(chain.url)).text()).toBe('good');
  });
});

describe('PROXY_NAME', () => {
  it('is the name in Via and Proxy-Status', async () => {
    const [port = 0, closed = 0] = await freePorts(2);
    await using balancer = await balancerOn(port, [`http://127.0.0.1:${closed}`], { PROXY_NAME: 'edge-1' });
    const answer = await fetch(`http://127.0.0.1:${balancer.context.port}`);
    expect([answer.status, answer.headers.get('proxy-status')]).toEqual([
      503,
      expect.stringMatching(/^edge-1; error=/),
    ]);
  });

  it('that two share makes a loop of what passes both', async () => {
    await using good = await namedBackend('good');
    await using chain = await twoBalancers(() => [good.url], { PROXY_NAME: 'edge' });
    const answer = await fetch(chain.url);
    expect([answer.status, answer.headers.get('proxy-status')]).toEqual([
      502,
      'edge; error=proxy_loop_detected, edge; received-status=502',
    ]);
  });

  it.each(['1st', 'a b', 'ä', 'a,b', 'a;b', 'x'.repeat(65)])('may not be %j', async (name) => {
    const [port = 0] = await freePorts(1);
    await expect(balancerOn(port, ['http://127.0.0.1:1'], { PROXY_NAME: name })).rejects.toThrow(
      /PROXY_NAME.*must be a letter and up to 63 more letters, digits, dots, hyphens or underscores/s,
    );
  });
});
