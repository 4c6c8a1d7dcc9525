import { mintToken } from '@balanza/auth';
import { eventually, httpUpstream, rawExchange } from '@balanza/testing';
import { describe, expect, it } from 'vitest';
import { control, modesOf, namedBackend, startBalancer } from '../testing/balancer.js';
import { logLines } from '../testing/log-lines.js';

const read = async (url: string) => (await fetch(url)).text();
const idOf = ({ url }: { readonly url: string }) => url.slice('http://'.length);
const answers = async (url: string, count: number) => {
  const seen = [];
  for (let i = 0; i < count; i++) seen.push(await read(url));
  return seen.join('');
};
/** Without slow start, so that the order says who has a part in it. */
const settings = { slowStart: { window: 0 } };

describe('the control API', () => {
  it('is only for tokens with its scope', async () => {
    await using a = await namedBackend('a');
    await using balancer = await startBalancer('load-balancer', [a]);
    const missing = await fetch(`${balancer.url}/-/api`);
    expect([missing.status, await missing.json()]).toEqual([403, { error: 'Missing token' }]);
    const other = await mintToken({ secret: 'secret', subject: 'demo' });
    expect(await control(balancer, 'GET', '', { token: other })).toEqual({
      status: 403,
      body: { error: 'The token does not have the scope balancer:admin; ask for one that does' },
    });
    expect((await control(balancer, 'GET', '', { token: 'nonsense' })).status).toBe(403);
    expect((await control(balancer, 'PATCH', '', { token: other, body: {} })).status).toBe(403);
    expect((await control(balancer, 'GET', '')).status).toBe(200);
  });

  it('lists backends with how they are doing', async () => {
    await using a = await namedBackend('a');
    await using balancer = await startBalancer('load-balancer', [{ ...a, weight: 3 }]);
    await read(balancer.url);
    expect(await control(balancer, 'GET', `/backends/${idOf(a)}`)).toEqual({
      status: 200,
      body: {
        url: a.url,
        weight: 3,
        mode: 'ready',
        endpoints: [expect.objectContaining({ url: a.url, state: 'up', requests: 1, share: 1 })],
      },
    });
    const { body } = await control(balancer, 'GET', '/backends');
    expect(modesOf(body)).toEqual([[a.url, 3, 'ready']]);
    expect(await control(balancer, 'GET', '/backends/127.0.0.1:1')).toEqual({
      status: 404,
      body: { error: 'There is no backend 127.0.0.1:1; GET /-/api/backends lists them' },
    });
  });

  it('adds, weighs, drains and removes backends while requests go on', async () => {
    await using a = await namedBackend('a');
    await using b = await namedBackend('b');
    await using balancer = await startBalancer('load-balancer', [a], { settings });
    expect(await answers(balancer.url, 2)).toBe('aa');
    const added = await control(balancer, 'POST', '/backends', { body: { url: `${b.url}/` } });
    expect(added).toMatchObject({ status: 201, body: { url: b.url, weight: 1, mode: 'ready' } });
    expect((await answers(balancer.url, 4)).split('').toSorted().join('')).toBe('aabb');
    const path = `/backends/${idOf(a)}`;
    const drained = await control(balancer, 'PATCH', path, { body: { mode: 'drain', weight: 5 } });
    expect(drained).toMatchObject({ status: 200, body: { url: a.url, weight: 5, mode: 'drain' } });
    expect(await answers(balancer.url, 3)).toBe('bbb');
    expect(await control(balancer, 'PATCH', path, { body: { mode: 'ready' } })).toMatchObject({
      body: { weight: 5, mode: 'ready' },
    });
    expect(await answers(balancer.url, 4)).toContain('a');
    expect(await control(balancer, 'DELETE', path)).toEqual({ status: 204, body: undefined });
    expect(await answers(balancer.url, 3)).toBe('bbb');
  });

  it('lets requests in flight finish at a backend that is removed', async () => {
    const held = Promise.withResolvers<void>();
    await using a = await httpUpstream(async (_request, response) => {
      await held.promise;
      response.end('a');
    });
    await using b = await namedBackend('b');
    await using balancer = await startBalancer('load-balancer', [a, b]);
    const first = read(balancer.url);
    await eventually(async () =>
      expect(await control(balancer, 'GET', `/backends/${idOf(a)}`)).toMatchObject({
        body: { endpoints: [{ in_flight: 1 }] },
      }),
    );
    await control(balancer, 'DELETE', `/backends/${idOf(a)}`);
    expect(await answers(balancer.url, 2)).toBe('bb');
    held.resolve();
    expect(await first).toBe('a');
  });

  it('changes the strategy with its settings', async () => {
    await using a = await namedBackend('a');
    await using b = await namedBackend('b');
    await using balancer = await startBalancer('load-balancer', [a, b]);
    const strategy = { name: 'ring-hash', settings: { pointsPerWeight: 20 }, hashKey: 'uri' };
    expect(await control(balancer, 'PUT', '/strategy', { body: strategy })).toEqual({
      status: 200,
      body: strategy,
    });
    expect(await control(balancer, 'GET', '/strategy')).toEqual({ status: 200, body: strategy });
    const one = await read(`${balancer.url}/same`);
    expect(await answers(`${balancer.url}/same`, 5)).toBe(one.repeat(5));
    const { body } = await control(balancer, 'GET', '/strategies');
    expect((body as { strategies: unknown[] }).strategies).toContainEqual({
      name: 'round-robin',
      advice: 'Backends are alike and so are requests.',
      weighted: false,
      hashes: false,
      settings: [],
    });
  });

  it('makes several changes at once', async () => {
    await using a = await namedBackend('a');
    await using b = await namedBackend('b');
    await using c = await namedBackend('c');
    await using balancer = await startBalancer('load-balancer', [a, b], { settings });
    const { body } = await control(balancer, 'GET', '');
    const { version } = body as { version: number };
    const change = {
      version,
      strategy: { name: 'weighted-round-robin' },
      backends: { add: [{ url: c.url, weight: 2 }], update: [{ url: b.url, weight: 1 }], remove: [a.url] },
    };
    expect(await control(balancer, 'PATCH', '', { body: change })).toMatchObject({
      status: 200,
      body: {
        version: version + 1,
        strategy: { name: 'weighted-round-robin', settings: {}, hashKey: 'address' },
        backends: [
          { url: b.url, weight: 1 },
          { url: c.url, weight: 2 },
        ],
      },
    });
    expect(await answers(balancer.url, 6)).toBe('cbccbc');
    expect(await control(balancer, 'PATCH', '', { body: change })).toEqual({
      status: 409,
      body: {
        error: `The version is ${version + 1} now, not ${version}; read what has changed and decide again`,
      },
    });
  });

  it('refuses the address of the balancer itself', async () => {
    await using a = await namedBackend('a');
    await using balancer = await startBalancer('load-balancer', [a]);
    const message = (url: string) =>
      `${url} is this balancer itself, which listens on port ${balancer.port} of 127.0.0.1; name another backend`;
    const refused = (url: string) => ({
      status: 400,
      body: {
        error: `The request is not valid: backends.add.0.url ${message(url)}`,
        details: [{ field: 'backends.add.0.url', message: message(url) }],
      },
    });
    const { url } = balancer;
    expect(await control(balancer, 'POST', '/backends', { body: { url } })).toEqual(refused(url));
    const name = `http://localhost:${balancer.port}`;
    const body = { backends: { add: [{ url: name }] } };
    expect(await control(balancer, 'PATCH', '', { body })).toEqual(refused(name));
    expect(await answers(balancer.url, 2)).toBe('aa');
  });

  it('leaves one line for each change: who, what and what came of it, and in which request', async () => {
    using log = logLines();
    await using a = await namedBackend('a');
    await using b = await namedBackend('b');
    // Whatever else is not wanted in the log.
    const environment = { LOG_LEVEL: 'error', LOG_FORMAT: 'json' };
    const file = { slowStart: { window: 0 } };
    await using balancer = await startBalancer('load-balancer', [a, b], { environment, settings: file });
    const path = `/backends/${idOf(a)}`;
    const change = (number: number, method: string, target: string, body?: object) =>
      control(balancer, method, target, {
        headers: { 'x-request-id': `change-${number}` },
        ...(body === undefined ? {} : { body }),
      });
    await change(1, 'POST', '/backends', { url: 'http://127.0.0.1:1' });
    await change(2, 'PATCH', path, { mode: 'drain' });
    await change(3, 'PATCH', path, { weight: 3 });
    await change(4, 'DELETE', '/backends/127.0.0.1:1');
    await change(5, 'PUT', '/strategy', { name: 'ring-hash', settings: { pointsPerWeight: 10 } });
    const gone = await change(6, 'DELETE', '/backends/127.0.0.1:1');
    const late = await change(7, 'PATCH', '', { version: 1, backends: { remove: [b.url] } });
    expect([gone.status, late.status]).toEqual([404, 409]);
    balancer.rewrite({ ...file, retry: { max: 1 }, backends: [{ url: b.url }] });
    await eventually(() => expect(log.lines).toHaveLength(8));

    const backend = { url: a.url, weight: 1, mode: 'ready' };
    const other = { url: b.url, weight: 1, mode: 'ready' };
    const added = { url: 'http://127.0.0.1:1', weight: 1, mode: 'ready' };
    const strategy = { name: 'round-robin', settings: {}, hashKey: 'address' };
    const ring = { name: 'ring-hash', settings: { pointsPerWeight: 10 }, hashKey: 'address' };
    const line = (level: number, msg: string, audit: object, request?: string) => ({
      level,
      time: expect.any(String),
      app: 'load-balancer',
      instance: expect.any(String),
      port: balancer.port,
      ...(request === undefined ? {} : { request_id: request }),
      audit,
      msg,
    });
    const applied = (number: number, version: number, before: object, after: object) =>
      line(
        30,
        'balancing changed',
        { by: 'operator', outcome: 'applied', version, before, after },
        `change-${number}`,
      );
    const refused = (number: number, asked: object, reason: string) =>
      line(
        40,
        `balancing not changed: ${reason}`,
        { by: 'operator', outcome: 'refused', version: 6, asked },
        `change-${number}`,
      );
    expect(log.lines.map((text) => JSON.parse(text) as unknown)).toEqual([
      applied(1, 2, {}, { backends: [added] }),
      applied(2, 3, { backends: [backend] }, { backends: [{ ...backend, mode: 'drain' }] }),
      applied(
        3,
        4,
        { backends: [{ ...backend, mode: 'drain' }] },
        { backends: [{ ...backend, mode: 'drain', weight: 3 }] },
      ),
      applied(4, 5, { backends: [added] }, {}),
      applied(5, 6, { strategy }, { strategy: ring }),
      refused(
        6,
        { backends: { remove: [added.url] } },
        `backends.remove.0 ${added.url} is not a backend; GET /-/api/backends lists them`,
      ),
      refused(
        7,
        { version: 1, backends: { remove: [other.url] } },
        'The version is 6 now, not 1; read what has changed and decide again',
      ),
      line(30, 'balancing changed', {
        by: `${balancer.folder.path}/balanza.json`,
        outcome: 'applied',
        version: 7,
        before: {
          strategy: ring,
          backends: [{ ...backend, mode: 'drain', weight: 3 }],
          retry: { max: 2 },
        },
        after: { strategy, retry: { max: 1 } },
      }),
    ]);
  });

  it('is described at /-/docs, which works without a token', async () => {
    await using a = await namedBackend('a');
    await using balancer = await startBalancer('load-balancer', [a]);
    const page = await fetch(`${balancer.url}/-/docs`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html']);
    const script = await fetch(`${balancer.url}/-/docs/swagger-ui-bundle.js`);
    expect(script.status).toBe(200);
    const document = (await (await fetch(`${balancer.url}/-/docs-json`)).json()) as {
      paths: Record<string, object>;
    };
    expect(
      Object.entries(document.paths).map(([path, methods]) => [path, Object.keys(methods).join(' ')]),
    ).toEqual([
      ['/status', 'get'],
      ['/-/api', 'get patch'],
      ['/-/api/backends', 'get post'],
      ['/-/api/backends/{backend}', 'get patch delete'],
      ['/-/api/strategy', 'get put'],
      ['/-/api/strategies', 'get'],
    ]);
  });

  it.each(['/-/docs/%2e%2e/x', '/-/docs/../x', '/-/docs/%00', `/-/docs/${'a'.repeat(180)}`])(
    'is 404 at a path of its Swagger UI at which there is no file: %s',
    async (path) => {
      await using a = await namedBackend('a');
      await using balancer = await startBalancer('load-balancer', [a]);
      const head = `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
      const body = JSON.stringify({
        error: `There is nothing at GET ${path}; see /-/docs for what there is`,
      });
      const answer = await rawExchange(balancer.port, head);
      expect([answer.slice(0, 12), answer.slice(-body.length)]).toEqual(['HTTP/1.1 404', body]);
    },
  );

  it('is not there in production without a secret, and demands a strong one', async () => {
    await using a = await namedBackend('a');
    const environment = { NODE_ENV: 'production' };
    await using balancer = await startBalancer('load-balancer', [a], { environment });
    expect(await control(balancer, 'GET', '')).toEqual({
      status: 404,
      body: { error: 'There is nothing at GET /-/api' },
    });
    expect((await fetch(`${balancer.url}/-/docs`)).status).toBe(404);
    await expect(
      startBalancer('load-balancer', [a], { environment: { ...environment, JWT_SECRET: 'short' } }),
    ).rejects.toThrow('JWT_SECRET must have at least 32 bytes in production');
    await expect(
      startBalancer('load-balancer', [a], { environment: { ...environment, STICKY_SECRET: 'short' } }),
    ).rejects.toThrow('STICKY_SECRET must have at least 32 bytes in production');
  });
});
