import { rawExchange } from '@balanza/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type Gateway } from '../testing/gateway.js';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** Sends the path as it is: a client of its own would resolve it first. */
async function ask(method: string, path: string, field = '') {
  const head = `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${field}\r\n`;
  const bytes = Buffer.from(await rawExchange(gateway.app.context.port, head), 'latin1');
  const answer = bytes.toString();
  const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(answer) ?? [];
  return {
    status: Number(status),
    body: JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as unknown,
  };
}

describe('a path below /docs at which there is no file', () => {
  it.each([
    '/docs/x',
    '/docs/%2e%2e/x',
    '/docs/../x',
    '/docs/%2e%2e/docs/swagger-ui.css',
    '/docs/a/../swagger-ui.css',
    '/docs/%2e',
    '/docs/.',
    '/docs/..',
    '/docs/%2e%2e%2fx',
    '/docs/%252e%252e/x',
    '/docs/%2f',
    '/docs//',
    '/docs//swagger-ui.css',
    '/docs/swagger-ui.css/',
    '/docs/%5c..%5cx',
    '/docs/..\\x',
    '/docs/%00',
    '/docs/swagger-ui.css%00',
    '/docs/.npmrc',
    '/docs/.git/config',
    '/docs/esm',
    `/docs/${'a'.repeat(150)}`,
  ])('is 404: %s', async (path) => {
    expect(await ask('GET', path)).toEqual({
      status: 404,
      body: { error: `There is nothing at GET ${path}; see /docs for what there is` },
    });
  });

  it.each([`/docs/${'a'.repeat(5_000)}`, `/docs/${'%41'.repeat(4_000)}`, `/docs/${'a/'.repeat(2_000)}`])(
    'is 404 also where it is long',
    async (path) => {
      expect(await ask('GET', path)).toEqual({
        status: 404,
        body: { error: `There is nothing at GET ${path.slice(0, 200)}…; see /docs for what there is` },
      });
    },
  );

  it.each(['/docs/%zz', '/docs/%ff', '/docs/%'])('is 400 where it is no path: %s', async (path) => {
    const error = `The path ${path} is not a valid URL path`;
    expect(await ask('GET', path)).toEqual({ status: 400, body: { error } });
  });
});

it.each([
  ['Range: bytes=99999999-', 416, 'The file has no such range; ask without Range'],
  ['If-Match: "x"', 412, 'The file is not as If-Match or If-Unmodified-Since demands; ask without them'],
])('a file that cannot be had with %s is refused in a sentence', async (field, status, error) => {
  expect(await ask('GET', '/docs/swagger-ui.css', `${field}\r\n`)).toEqual({ status, body: { error } });
});
