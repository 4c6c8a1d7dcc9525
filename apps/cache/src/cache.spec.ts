import { startApp, type RunningApp } from '@balanza/runtime';
import { eventually, freePorts } from '@balanza/testing';
import { DEFAULT_MAX_ENTRIES, TtlCache } from '@balanza/ttl-cache';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cache } from './app.js';

let app: RunningApp;
let base: string;

async function start(env: Record<string, string> = {}): Promise<void> {
  const [port] = await freePorts(1);
  app = await startApp(cache, { PORT: String(port), LOG_LEVEL: 'silent', LOG_FORMAT: 'json', ...env });
  base = `http://127.0.0.1:${app.context.port}`;
}

async function restart(env: Record<string, string>): Promise<void> {
  await app.stop();
  await start(env);
}

async function ask(method: string, path: string, body?: unknown) {
  return send(method, path, body === undefined ? undefined : JSON.stringify(body));
}

async function send(method: string, path: string, body?: string, type = 'application/json') {
  const response = await fetch(base + path, {
    method,
    ...(body === undefined ? {} : { body, headers: { 'content-type': type } }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
}

beforeEach(() => start());
afterEach(() => app.stop());

describe('storing and reading', () => {
  it('answers what was stored, for 30 s unless told otherwise', async () => {
    expect(await ask('POST', '/cache/my_data', { value: 'v' })).toEqual({
      status: 200,
      body: { status: 'ok', ttl: 30 },
    });
    expect(await ask('GET', '/cache/my_data')).toEqual({ status: 200, body: { value: 'v', cached: true } });
  });

  it.each([
    [null],
    [false],
    [0],
    [''],
    [[]],
    [{ a: [{ b: null }] }],
    [{ constructor: 1, prototype: { a: 2 } }],
  ])('keeps %j as it is', async (value) => {
    await ask('POST', '/cache/k', { value, ttl: 1.5 });
    expect((await ask('GET', '/cache/k')).body).toEqual({ value, cached: true });
  });

  it('answers null for what is not there', async () => {
    expect(await ask('GET', '/cache/none')).toEqual({ status: 200, body: { value: null, cached: false } });
  });

  it.each(['a/b', 'año 日本 😀', '__proto__', 'constructor', 'a?b#c', '%2F', 'status/x'])(
    'takes %j as a key',
    async (key) => {
      const path = `/cache/${encodeURIComponent(key)}`;
      expect((await ask('POST', path, { value: key })).status).toBe(200);
      expect((await ask('GET', path)).body).toEqual({ value: key, cached: true });
      const status = await fetch(`${base}/cache/status`).then((response) => response.text());
      expect(status.startsWith(`{${JSON.stringify(key)}:{"valid":true,`)).toBe(true);
      expect((await ask('DELETE', path)).status).toBe(204);
      expect((await ask('GET', path)).body).toEqual({ value: null, cached: false });
    },
  );

  it('deletes, and answers the same when there was nothing', async () => {
    await ask('POST', '/cache/k', { value: 1 });
    expect(await ask('DELETE', '/cache/k')).toEqual({ status: 204, body: undefined });
    expect(await ask('DELETE', '/cache/k')).toEqual({ status: 204, body: undefined });
    expect((await ask('GET', '/cache/k')).body).toEqual({ value: null, cached: false });
  });
});

describe('expiry', () => {
  it('is a miss, still listed as not valid, and readable by who asks for a stale value', async () => {
    await ask('POST', '/cache/k', { value: 'old', ttl: 0.05 });
    await eventually(async () => {
      expect((await ask('GET', '/cache/k')).body).toEqual({ value: null, cached: false });
    });
    expect((await ask('GET', '/cache/status')).body).toEqual({ k: { valid: false, remaining_seconds: 0 } });
    expect((await ask('GET', '/cache/k?stale=true')).body).toEqual({
      value: 'old',
      cached: false,
      stale: true,
    });
    expect((await ask('GET', '/cache/k?stale=false')).body).toEqual({ value: null, cached: false });
    expect((await ask('GET', '/cache/none?stale=true')).body).toEqual({ value: null, cached: false });
  });

  it('forgets after CACHE_STALE_FOR', async () => {
    await restart({ CACHE_STALE_FOR: '0' });
    await ask('POST', '/cache/k', { value: 'old', ttl: 0.05 });
    await eventually(async () => expect((await ask('GET', '/cache/status')).body).toEqual({}));
    expect((await ask('GET', '/cache/k?stale=true')).body).toEqual({ value: null, cached: false });
  });

  it('shows the seconds that remain', async () => {
    await ask('POST', '/cache/k', { value: 1, ttl: 20 });
    const { k } = (await ask('GET', '/cache/status')).body as {
      k: { valid: boolean; remaining_seconds: number };
    };
    expect(k.valid).toBe(true);
    expect(k.remaining_seconds).toBeGreaterThan(15);
    expect(k.remaining_seconds).toBeLessThanOrEqual(20);
  });
});

describe('bounds', () => {
  it('lets the least recently used entry go, and counts', async () => {
    await restart({ CACHE_MAX_ENTRIES: '2' });
    for (const key of ['a', 'b']) await ask('POST', `/cache/${key}`, { value: 1 });
    await ask('GET', '/cache/a');
    await ask('POST', '/cache/c', { value: 1 });
    await ask('GET', '/cache/b');
    expect(Object.keys((await ask('GET', '/cache/status')).body as object)).toEqual(['c', 'a']);
    const metrics = await fetch(`${base}/metrics`).then((response) => response.text());
    const labels = `{app="cache"}`;
    for (const line of ['hits_total 1', 'misses_total 1', 'evictions_total 1', 'entries 2', 'bytes 4']) {
      expect(metrics).toContain(`\ncache_${line.replace(' ', `${labels} `)}\n`);
    }
  });

  it('refuses an entry bigger than CACHE_MAX_BYTES', async () => {
    await restart({ CACHE_MAX_BYTES: '10' });
    expect(await ask('POST', '/cache/k', { value: '123456789' })).toEqual({
      status: 413,
      body: { error: 'The entry has 12 bytes; the cache holds at most 10' },
    });
  });

  it('lists a full cache', async () => {
    const store = app.nest.get(TtlCache);
    for (let i = 0; i < DEFAULT_MAX_ENTRIES + 1; i++) store.set(`key ${i}`, i, 30);
    expect(Object.keys((await ask('GET', '/cache/status')).body as object)).toHaveLength(DEFAULT_MAX_ENTRIES);
  });
});

describe('bad input', () => {
  const ttlError = (message: string) => ({
    status: 400,
    body: {
      error: `The request is not valid: ttl ${message}`,
      details: [{ field: 'ttl', message }],
    },
  });

  it.each([
    ['0', 'must be greater than 0 seconds'],
    ['-1', 'must be greater than 0 seconds'],
    ['"x"', 'must be a number of seconds'],
    ['1e400', 'must be a number up to 1.79e308, and either 0 or at least 5e-324'],
    ['null', 'must be a number of seconds'],
    ['1e12', 'must be at most 31536000 seconds'],
  ])('refuses a ttl of %s', async (ttl, message) => {
    expect(await send('POST', '/cache/k', `{"value":1,"ttl":${ttl}}`)).toEqual(ttlError(message));
    expect((await ask('GET', '/cache/k')).body).toEqual({ value: null, cached: false });
  });

  it('refuses a missing value', async () => {
    expect(await ask('POST', '/cache/k', { ttl: 1 })).toEqual({
      status: 400,
      body: {
        error: 'The request is not valid: value is required',
        details: [{ field: 'value', message: 'is required' }],
      },
    });
  });

  it.each(['[]', '"x"', 'null', '1'])('refuses the body %s', async (body) => {
    const message = 'must be a JSON object';
    expect(await send('POST', '/cache/k', body)).toEqual({
      status: 400,
      body: { error: `The request is not valid: ${message}`, details: [{ field: '', message }] },
    });
  });

  it('refuses to store what would hide behind GET /cache/status', async () => {
    const message = 'must not be "status", which is reserved for GET /cache/status; use another';
    const answer = {
      status: 400,
      body: { error: `The request is not valid: key ${message}`, details: [{ field: 'key', message }] },
    };
    expect(await ask('POST', '/cache/status', { value: 1 })).toEqual(answer);
    expect(await ask('POST', '/cache/%73tatus', { value: 1 })).toEqual(answer);
  });

  it('refuses a key of 10 KB on every method', async () => {
    const path = `/cache/${'k'.repeat(10_240)}`;
    const message = 'must have at most 1024 characters';
    const answer = {
      status: 400,
      body: { error: `The request is not valid: key ${message}`, details: [{ field: 'key', message }] },
    };
    expect(await ask('POST', path, { value: 1 })).toEqual(answer);
    expect(await ask('GET', path)).toEqual(answer);
    expect(await ask('DELETE', path)).toEqual(answer);
  });

  it('refuses what is not JSON, malformed JSON, a prototype and a broken path', async () => {
    expect((await send('POST', '/cache/k', 'value=1', 'application/x-www-form-urlencoded')).status).toBe(415);
    expect((await send('POST', '/cache/k', '{"value":')).status).toBe(400);
    expect((await send('POST', '/cache/k', '{"value":{"__proto__":{"a":1}}}')).status).toBe(400);
    expect((await send('POST', '/cache/%zz', '{"value":1}')).status).toBe(400);
    expect((await ask('GET', '/cache/k?stale=perhaps')).status).toBe(400);
  });

  it('refuses a body over 1 MiB', async () => {
    expect(await ask('POST', '/cache/k', { value: 'x'.repeat(1_100_000) })).toEqual({
      status: 413,
      body: { error: 'The body is over the limit of 1048576 bytes' },
    });
  });

  it('answers 404 and 405 in the same form', async () => {
    expect(await ask('GET', '/cache')).toEqual({
      status: 404,
      body: { error: 'There is nothing at GET /cache' },
    });
    expect(await ask('PUT', '/cache/k', { value: 1 })).toEqual({
      status: 405,
      body: { error: 'PUT is not allowed here; use DELETE, GET, HEAD, POST' },
    });
  });
});
