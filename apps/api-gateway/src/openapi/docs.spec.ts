import { afterAll, beforeAll, expect, it } from 'vitest';
import { startGateway, type Gateway } from '../testing/gateway.js';

interface Document {
  readonly servers: unknown[];
  readonly components: { readonly securitySchemes: unknown };
  readonly paths: Record<string, Record<string, Operation>>;
}
interface Operation {
  readonly summary: string;
  readonly security: unknown;
  readonly requestBody?: unknown;
  readonly responses: Record<string, { content: Record<string, Record<string, unknown>> }>;
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
    'get /longtask/{task_id}/events': ['200', '403', '404', '502', '503', '504'],
    'post /longtask/{task_id}/redrive': ['202', '403', '404', '409', '502', '503', '504'],
  });
});

it('gives every answer a schema and an example, and every route a summary and the bearer scheme', () => {
  for (const operations of Object.values(document.paths)) {
    for (const { summary, security, responses } of Object.values(operations)) {
      expect(summary).toMatch(/\w/);
      expect(security).toEqual([{ bearer: [] }]);
      for (const { content } of Object.values(responses)) {
        for (const [type, { schema, example, examples }] of Object.entries(content)) {
          const object = { type: 'object', properties: expect.anything() as unknown };
          expect(schema).toMatchObject(type === 'text/event-stream' ? { type: 'string' } : object);
          expect(example ?? examples).toBeDefined();
        }
      }
    }
  }
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
