import { rawExchange } from '@balanza/testing';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSample } from '../testing/sample-app.js';

let app: Awaited<ReturnType<typeof startSample>>;
beforeAll(async () => {
  app = await startSample();
});
afterAll(() => app.stop());

const json = { 'content-type': 'application/json' };

async function ask(path: string, init: RequestInit = {}) {
  const response = await fetch(app.url + path, init);
  return { status: response.status, body: await response.json(), headers: response.headers };
}

describe('every app answers', () => {
  it('404 to an unknown path', async () => {
    expect(await ask('/nothing/here?x=1')).toMatchObject({
      status: 404,
      body: { error: 'There is nothing at GET /nothing/here' },
    });
  });

  it.each([
    ['malformed', { 'content-type': 'application/json' }, '{'],
    ['not JSON', { 'content-type': 'text/plain' }, 'x'],
    ['too large', { 'content-type': 'application/json' }, ' '.repeat(1_048_577)],
  ])('404 to an unknown path, also where the body is %s', async (_what, headers, body) => {
    expect(await ask('/nothing/here', { method: 'POST', headers, body })).toMatchObject({
      status: 404,
      body: { error: 'There is nothing at POST /nothing/here' },
    });
  });

  it('405 with Allow to another method on a known path, with or without parameters', async () => {
    const { status, body, headers } = await ask('/items/7?x=1', { method: 'DELETE' });
    expect([status, body, headers.get('allow')]).toEqual([
      405,
      { error: 'DELETE is not allowed here; use GET, HEAD, POST' },
      'GET, HEAD, POST',
    ]);
  });

  it.each([
    ['malformed JSON', '{"size":', 400, /^The body is not valid JSON: /],
    [
      'malformed JSON after a byte order mark',
      '\ufeff{"size":',
      400,
      'The body is not valid JSON: Unexpected end of JSON input',
    ],
    ['an empty body', '', 400, 'The body must be JSON, but it is empty'],
    [
      'a key that would reach the prototype',
      '{"__proto__":{"a":1},"size":1,"tags":[]}',
      400,
      'The body has a key that is not allowed: __proto__, or prototype in constructor',
    ],
    [
      'text that is not UTF-8',
      Buffer.from('{"size":"\xff"}', 'latin1'),
      400,
      'The body is not valid JSON: it is not UTF-8',
    ],
    [
      'JSON nested 101 levels deep',
      '['.repeat(101) + ']'.repeat(101),
      400,
      'The JSON is nested more than 100 levels deep',
    ],
    [
      'JSON nested 500,000 levels deep',
      '['.repeat(500_000),
      400,
      'The JSON is nested more than 100 levels deep',
    ],
    [
      'a body over the limit',
      `"${'a'.repeat(1_048_576)}"`,
      413,
      'The body is over the limit of 1048576 bytes',
    ],
  ])('an error to %s', async (_what, body, status, error) => {
    const answer = await ask('/items/7', { method: 'POST', headers: json, body });
    expect(answer).toMatchObject({
      status,
      body: { error: typeof error === 'string' ? error : expect.stringMatching(error) },
    });
    expect(Object.keys(answer.body as object)).toEqual(['error']);
  });

  it.each([
    ['of JSON without a body', 'Content-Type: application/json\r\n\r\n'],
    ['of JSON of length 0', 'Content-Type: application/json\r\nContent-Length: 0\r\n\r\n'],
    ['of JSON in no chunks', 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['of a form of length 0', 'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n\r\n'],
    ['of a type that is none', 'Content-Type: nonsense\r\n\r\n'],
  ])('a request %s as one without a type', async (_what, rest) => {
    const head = `DELETE /drafts/7 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n`;
    const answer = await rawExchange(app.context.port, head + rest);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n\{"removed":"7"\}$/);
  });

  it('an error to no body at all where there must be one', async () => {
    const { status, body } = await ask('/items/7', { method: 'POST' });
    expect([status, body]).toEqual([400, { error: 'The body must be JSON, but it is empty' }]);
  });

  const OUT_OF_RANGE = 'must be a number up to 1.79e308, and either 0 or at least 5e-324';
  const TWICE = 'must occur once in its object';
  it.each([
    ['a number out of range', '{"size":[{"a":-1E400}]}', 'size.0.a', OUT_OF_RANGE],
    ['many digits and a short exponent', `{"a":[1,1${'0'.repeat(299)}e20]}`, 'a.1', OUT_OF_RANGE],
    ['309 digits that are too many', `{"a":{"b\\u0022":9${'9'.repeat(308)}}}`, 'a.b"', OUT_OF_RANGE],
    ['a number that would become 0', '[0.0,[0,1e-400]]', '1.1', OUT_OF_RANGE],
    ['digits that would become 0', `[0.${'0'.repeat(400)}1]`, '0', OUT_OF_RANGE],
    ['a name that occurs twice', '{"a":{"x":1,"y":{"x":2},"x":1}}', 'a.x', TWICE],
    ['a name that occurs twice in other letters', '[{"a":1},{"a":1,"\\u0061":2}]', '1.a', TWICE],
    ['a long path', `{"${'k'.repeat(300)}":1e999}`, `${'k'.repeat(200)}…`, OUT_OF_RANGE],
  ])('400 to %s, with the path of the member', async (_what, body, field, message) => {
    expect(await ask('/items/7', { method: 'POST', headers: json, body })).toMatchObject({
      status: 400,
      body: { error: `The request is not valid: ${field} ${message}`, details: [{ field, message }] },
    });
  });

  it('400 that names a hundred invalid fields at most', async () => {
    const tags = Array.from({ length: 101 }, () => 1);
    const { status, body } = await ask('/items/7', {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ size: 1, tags }),
    });
    const { details } = body as { details: { field: string }[] };
    expect([status, details.length, details.at(-1)?.field]).toEqual([400, 100, 'tags.99']);
  });

  it('400 with one detail per invalid field', async () => {
    const { status, body } = await ask('/items/7', {
      method: 'POST',
      headers: json,
      body: '{"size":"x","tags":["a",2]}',
    });
    expect([status, body]).toEqual([
      400,
      {
        error: 'The request is not valid: size Invalid input: expected number, received string',
        details: [
          { field: 'size', message: 'Invalid input: expected number, received string' },
          { field: 'tags.1', message: 'Invalid input: expected string, received number' },
        ],
      },
    ]);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'nonsense'])(
    '415 to a body of type %s',
    async (type) => {
      const { status, body } = await ask('/items/7', {
        method: 'POST',
        headers: { 'content-type': type },
        body: 'a=1',
      });
      expect([status, body]).toEqual([
        415,
        { error: 'The body must be JSON: send it with Content-Type: application/json' },
      ]);
    },
  );

  it.each([
    ['gzip', 'gzip'],
    ['Identity, br,gzip', 'br, gzip'],
  ])('415 with what is taken to a body with Content-Encoding: %s', async (coding, named) => {
    const { status, body, headers } = await ask('/items/7', {
      method: 'POST',
      headers: { ...json, 'content-encoding': coding },
      body: gzipSync('{"size":1,"tags":[]}'),
    });
    expect([status, body, headers.get('accept-encoding')]).toEqual([
      415,
      { error: `The body is encoded with ${named}: send it as it is, without Content-Encoding` },
      'identity',
    ]);
  });

  it('a body with Content-Encoding: identity as one without it', async () => {
    const { status } = await ask('/items/7', {
      method: 'POST',
      headers: { ...json, 'content-encoding': 'identity' },
      body: '{"size":1,"tags":[]}',
    });
    expect(status).toBe(201);
  });

  it('431 to a head over 16 KiB', async () => {
    const { status, body } = await ask('/items/7', { headers: { 'x-big': 'a'.repeat(20_000) } });
    expect([status, body]).toEqual([431, { error: 'The request head is over the limit of 16384 bytes' }]);
  });

  it('400 to what is not HTTP, and to a path that is not a URL path', async () => {
    const answer = await rawExchange(app.context.port, 'HELLO\r\n\r\n');
    expect(answer.slice(answer.indexOf('{'))).toBe('{"error":"The request is not valid HTTP/1.1"}');
    expect(await ask('/items/%zz')).toMatchObject({
      status: 400,
      body: { error: 'The path /items/%zz is not a valid URL path' },
    });
  });

  it.each([
    ['GET /items/7 HTTP/1.1', '400', 'The Host header is missing'],
    [
      'GET /items/7 HTTP/1.1\r\nHost: localhost\r\nExpect: cake',
      '417',
      'Nothing but 100-continue can be expected here',
    ],
    [
      'CONNECT a:1 HTTP/1.1\r\nHost: localhost',
      '501',
      'This server opens no tunnels; CONNECT is for proxies',
    ],
  ])('%j with %s and a sentence', async (head, status, error) => {
    const answer = await rawExchange(app.context.port, `${head}\r\n\r\n`, (text) => text.endsWith('"}'));
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(JSON.parse(answer.slice(answer.indexOf('{')))).toMatchObject({ error });
  });

  it('HTTP/1.0 without Host', async () => {
    const answer = await rawExchange(app.context.port, 'GET /items/7 HTTP/1.0\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('500 without any detail, but with the id under which the log has it', async () => {
    expect(await ask('/broken', { headers: { 'x-request-id': 'abc' } })).toMatchObject({
      status: 500,
      body: { error: 'Unexpected error; the log has it under this request_id', request_id: 'abc' },
    });
  });

  it('every request with its id: the client’s where usable, otherwise a new one', async () => {
    const given = await ask('/items/7', { headers: { 'x-request-id': 'order-7' } });
    expect(given.headers.get('x-request-id')).toBe('order-7');
    const unusable = await ask('/items/7', { headers: { 'x-request-id': 'a b\tc' } });
    expect(unusable.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('a client that is still sending a body over the limit', async () => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const socket = connect(app.context.port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => (received += chunk)).on('error', reject);
    socket.write(
      'POST /items/7 HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10485760\r\n\r\n',
    );
    socket.write(Buffer.alloc(10_485_760, 0x20), () => {
      socket.write('GET /items/8 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    });
    socket.on('close', () => resolve(received));
    const answers = await promise;
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200']);
    expect(answers).toContain('{"error":"The body is over the limit of 1048576 bytes"}');
    expect(answers.endsWith('{"id":"8"}')).toBe(true);
  });
});
