import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Upstream } from '@balanza/testing';
import { control, namedBackend, startBalancer, type StartedBalancer } from '../testing/balancer.js';

interface Operation {
  readonly summary: string;
  readonly security?: unknown;
  readonly parameters: readonly { readonly name: string; readonly example?: string }[];
  readonly requestBody?: { readonly content: Record<string, { readonly example: unknown }> };
}
interface Document {
  readonly components: { readonly securitySchemes: unknown };
  readonly paths: Record<string, Record<string, Operation>>;
}

describe('Swagger UI of the control API', () => {
  let backends: Upstream[];
  let balancer: StartedBalancer;
  beforeAll(async () => {
    backends = await Promise.all([namedBackend('a'), namedBackend('b')]);
    const weighted = backends.map(({ url }, index) => ({ url, weight: 3 - index }));
    balancer = await startBalancer('load-balancer', weighted);
  });
  afterAll(async () => {
    await balancer[Symbol.asyncDispose]();
    for (const backend of backends) await backend[Symbol.asyncDispose]();
  });
  const read = async () => (await (await fetch(`${balancer.url}/-/docs-json`)).json()) as Document;

  it('stores no token, and calls its scheme otherwise than the gateways, whose UI has the same origin', async () => {
    const { components, paths } = await read();
    expect(components.securitySchemes).toEqual({
      'balancer-admin': { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
    });
    const { '/status': status, ...controlled } = paths;
    for (const { security } of Object.values(controlled).flatMap((methods) => Object.values(methods)))
      expect(security).toEqual([{ 'balancer-admin': [] }]);
    expect(status?.['get']?.security).toBeUndefined();
    const script = await (await fetch(`${balancer.url}/-/docs/swagger-ui-init.js`)).text();
    expect(script).toMatch(/"persistAuthorization": false/);
  });

  it('has a summary of every route, /status included', async () => {
    const { paths } = await read();
    for (const [path, methods] of Object.entries(paths))
      for (const { summary } of Object.values(methods))
        expect([path, summary]).toEqual([path, expect.any(String)]);
  });

  it('changes nothing when each route is executed with what is filled in', async () => {
    await control(balancer, 'PUT', '/strategy', { body: { name: 'maglev', settings: { tableSize: 101 } } });
    await control(balancer, 'PATCH', `/backends/${new URL(backends[1]?.url ?? '').host}`, {
      body: { mode: 'drain' },
    });
    const inForce = async () => {
      const { body } = await control(balancer, 'GET', '');
      const {
        version,
        strategy,
        backends: all,
      } = body as {
        version: number;
        strategy: object;
        backends: { url: string; weight: number; mode: string }[];
      };
      return { version, strategy, backends: all.map(({ url, weight, mode }) => ({ url, weight, mode })) };
    };
    const before = await inForce();
    const statuses: Record<string, number | undefined> = {};
    for (const [path, methods] of Object.entries((await read()).paths)) {
      if (path === '/status') continue;
      for (const [method, { parameters, requestBody }] of Object.entries(methods)) {
        // Swagger UI asks for what has no example.
        const isFilled = parameters.every(({ example }) => example !== undefined);
        const url = path.replace('/-/api', '').replace('{backend}', parameters[0]?.example ?? '');
        const example = requestBody?.content['application/json']?.example;
        const body = example === undefined ? {} : { body: example };
        statuses[`${method} ${path}`] = isFilled
          ? (await control(balancer, method.toUpperCase(), url, body)).status
          : undefined;
      }
    }
    expect(statuses).toEqual({
      'get /-/api': 200,
      'patch /-/api': 200,
      'get /-/api/backends': 200,
      'post /-/api/backends': 400,
      'get /-/api/backends/{backend}': 200,
      'patch /-/api/backends/{backend}': 200,
      'delete /-/api/backends/{backend}': undefined,
      'get /-/api/strategy': 200,
      'put /-/api/strategy': 200,
      'get /-/api/strategies': 200,
    });
    expect(await inForce()).toEqual(before);
  });
});
