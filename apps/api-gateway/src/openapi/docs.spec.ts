import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type Gateway } from '../testing/gateway.js';

interface Document {
  readonly servers: unknown[];
  readonly components: { readonly securitySchemes: unknown };
  readonly paths: Record<string, Record<string, Operation>>;
}
interface Operation {
  readonly summary: string;
  readonly security: unknown;
  readonly requestBody?: { content: Record<string, { examples: Record<string, { value: unknown }> }> };
  readonly responses: Record<string, { content?: Record<string, Record<string, unknown>> }>;
}

let gateway: Gateway;
let document: Document;

beforeAll(async () => {
  gateway = await startGateway();
  document = (await (await fetch(`${gateway.url}/docs-json`)).json()) as Document;
});
afterAll(() => gateway.app.stop());

it('documents every route, and each answer that they can give', () => {
  const statuses = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { responses }]) => [
      `${method} ${path}`,
      Object.keys(responses),
    ]),
  );
  expect(Object.fromEntries(statuses)).toEqual({
    'get /data': ['200', '403', '502', '503', '504'],
    'get /process': ['200', '403', '502', '503', '504'],
    'post /longtask': ['202', '400', '403', '413', '415', '422', '502', '503', '504'],
    'get /longtask': ['200', '400', '403', '502', '503', '504'],
    'get /longtask/{task_id}': ['200', '403', '404', '502', '503', '504'],
    'delete /longtask/{task_id}': ['200', '403', '404', '409', '502', '503', '504'],
    'get /longtask/{task_id}/events': ['200', '204', '403', '404', '502', '503', '504'],
    'post /longtask/{task_id}/redrive': ['202', '403', '404', '409', '502', '503', '504'],
  });
});

it('gives every answer a schema and an example, and every route a summary and the bearer scheme', () => {
  for (const operations of Object.values(document.paths)) {
    for (const { summary, security, responses } of Object.values(operations)) {
      expect(summary).toMatch(/\w/);
      expect(security).toEqual([{ bearer: [] }]);
      for (const [status, { content }] of Object.entries(responses)) {
        expect(content === undefined).toBe(status === '204');
        for (const [type, { schema, example, examples }] of Object.entries(content ?? {})) {
          const object = { type: 'object', properties: expect.anything() as unknown };
          expect(schema).toMatchObject(type === 'text/event-stream' ? { type: 'string' } : object);
          expect(example ?? examples).toBeDefined();
        }
      }
    }
  }
});

describe('the examples', () => {
  interface Examples {
    readonly examples: Record<string, { readonly value: { readonly error: string } }>;
  }
  /** The errors that a route is documented to answer with `status`. */
  const documented = (method: string, path: string, status: number) => {
    const content = document.paths[path]?.[method]?.responses[status]?.content?.['application/json'];
    return Object.values((content as Examples | undefined)?.examples ?? {}).map(({ value }) => value);
  };
  const operations = () =>
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({ method, path })),
    );

  it('of 503 are what each route answers while nobody is behind it, and 502 and 504 name the same service', async () => {
    for (const { method, path } of operations()) {
      const url = path.replace('{task_id}', '0d2f6f1a-5a53-4b9e-9a8e-3f1d1f7a2c10');
      const body = method === 'post' && path === '/longtask' ? { json: {} } : {};
      const { status, body: answer } = await gateway.ask(url, { method: method.toUpperCase(), ...body });
      expect([method, path, status, documented(method, path, 503)]).toEqual([method, path, 503, [answer]]);
      const service = (answer as { error: string }).error.replace(/ cannot be reached.*/, '');
      expect(documented(method, path, 502)).toEqual([
        { error: `${service} broke off in the middle of an answer` },
      ]);
      expect(documented(method, path, 504)).toEqual([{ error: `${service} did not answer within 10000 ms` }]);
    }
  });

  it('of 400 are answered to a body or a query like that', async () => {
    const answers = await Promise.all(
      ['{"report":', '[]'].map((body) =>
        gateway.ask('/longtask', { method: 'POST', body, headers: { 'content-type': 'application/json' } }),
      ),
    );
    expect(documented('post', '/longtask', 400)).toEqual(answers.map(({ body }) => body));
    const { body } = await gateway.ask('/longtask?limit=0');
    expect(documented('get', '/longtask', 400)).toEqual([body]);
  });

  it('of the body of POST /longtask are shown, and are bodies that it takes', async () => {
    const { examples = {} } =
      document.paths['/longtask']?.['post']?.requestBody?.content['application/json'] ?? {};
    expect(Object.keys(examples)).toEqual(['simulation', 'handler', 'delayed']);
    for (const { value } of Object.values(examples))
      expect((await gateway.ask('/longtask', { json: value })).status).toBe(503);
  });
});

it('names a bearer scheme and no server, so that it works wherever it is read', () => {
  expect(document.components.securitySchemes).toEqual({
    bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
  });
  expect(document.servers).toEqual([]);
});

it('says 401 where AUTH_FAILURE_STATUS does', async () => {
  await using other = await startGateway({ AUTH_FAILURE_STATUS: '401' });
  const { paths } = (await (await fetch(`${other.url}/docs-json`)).json()) as Document;
  expect(Object.keys(paths['/data']?.['get']?.responses ?? {})).toEqual(['200', '401', '502', '503', '504']);
});

it('serves the page and everything that it loads, from here', async () => {
  for (const page of ['/docs', '/docs/']) {
    const response = await fetch(gateway.url + page);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html']);
    const html = await response.text();
    const assets = [...html.matchAll(/(?:src|href)="(?<asset>[^"]+)"/g)].map(
      (match) => match.groups?.['asset'] ?? '',
    );
    expect(assets.length).toBeGreaterThan(3);
    for (const asset of assets) {
      expect(asset).toMatch(/^\.\//);
      const loaded = await fetch(new URL(asset, gateway.url + page));
      expect([loaded.status, (await loaded.bytes()).length > 0]).toEqual([200, true]);
    }
  }
});
