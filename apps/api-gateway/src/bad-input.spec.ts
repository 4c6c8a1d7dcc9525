import { rawExchange } from '@balanza/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type Gateway } from './testing/gateway.js';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.app.stop());

/** Sends bytes as they are, and reads until the gateway closes the connection. */
const raw = (request: string) => rawExchange(gateway.app.context.port, request);

it('answers 413 that the client can read, after a body of 10 MB', async () => {
  const refused = await gateway.ask('/longtask', { json: { text: 'x'.repeat(10_000_000) } });
  expect([refused.status, refused.body]).toEqual([
    413,
    { error: 'The body is over the limit of 1048576 bytes' },
  ]);
});

it('answers 431 to 20 KB of headers', async () => {
  const answer = await raw(`GET /data HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_480)}\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/);
  expect(answer).toMatch(/\r\n\r\n\{"error":"The request head is over the limit of 16384 bytes"\}$/);
});

it('answers 400 to what is not HTTP', async () => {
  expect(await raw('hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[^]*\{"error":"[^"]+"\}$/);
});

it.each(['/', '/data/', '/datax', '/longtask/a/b', '/docs/none.js'])(
  'answers 404 to GET %s, and says where the routes are shown',
  async (path) => {
    const { status, body } = await gateway.ask(path);
    expect([status, body]).toEqual([
      404,
      { error: `There is nothing at GET ${path}; see /docs for what there is` },
    ]);
  },
);

it.each(['/docs/../package.json', '/docs/%2e%2e/package.json', '/docs/..%2fpackage.json'])(
  'serves nothing outside Swagger UI to GET %s',
  async (path) => {
    const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 40[34] [^]*\{"error":"[^"]+"\}$/);
  },
);

it('answers 400 to a path that is not one', async () => {
  expect(await gateway.ask('/longtask/%zz')).toMatchObject({
    status: 400,
    body: { error: expect.any(String) },
  });
});

describe('405', () => {
  it.each([
    ['DELETE', '/data', 'GET, HEAD'],
    ['POST', '/process', 'GET, HEAD'],
    ['PUT', '/longtask', 'GET, HEAD, POST'],
    ['PUT', '/longtask/0d2f6f1a-5a53-4b9e-9a8e-3f1d1f7a2c10', 'DELETE, GET, HEAD'],
    ['POST', '/docs-json', 'GET, HEAD'],
  ])('answers %s %s with what is allowed', async (method, path, allow) => {
    const { status, headers, body } = await gateway.ask(path, { method });
    expect([status, headers.get('allow'), body]).toEqual([
      405,
      allow,
      { error: `${method} is not allowed here; use ${allow}` },
    ]);
  });
});

it('is still there after all that', async () => {
  expect(await gateway.ask('/health/ready')).toMatchObject({ status: 200, body: { status: 'ok' } });
});
