import { mintToken } from '@balanza/auth';
import { rawExchange } from '@balanza/testing';
import { APP_NAMES, isBalancer, type AppName } from '@balanza/topology';
import { createHmac } from 'node:crypto';
import { describe, expect, inject, it } from 'vitest';
import { ask, BALANCERS, bearer, json, token, url, urls } from './system.js';

const secret = inject('jwtSecret');
const main = url('load-balancer');
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const signed = (header: object, payload: object, key = secret) => {
  const input = `${base64(header)}.${base64(payload)}`;
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
};
const HS256 = { alg: 'HS256', typ: 'JWT' };
const wrongKey = await mintToken({ secret: `${secret}-not`, subject: 'x', expiresIn: '1h' });
const past = Math.floor(Date.now() / 1000) - 60;
const unsigned = `${base64({ alg: 'none', typ: 'JWT' })}.${base64({ id: 123 })}.`;

const INVALID = { status: 403, body: { error: 'Invalid token' } };

describe('tokens', () => {
  it('403 "Missing token" without a header', async () => {
    const answer = await ask(`${main}/data`);
    expect([answer.status, answer.body]).toEqual([403, { error: 'Missing token' }]);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer /);
  });

  it.each([
    ['expired', signed(HS256, { id: 123, exp: past })],
    ['unsigned', `${base64(HS256)}.${base64({ id: 123 })}.`],
    ['alg: none', unsigned],
    ['signed with another key', wrongKey],
    ['truncated', token.slice(0, -5)],
    ['another algorithm’s name', signed({ alg: 'HS512', typ: 'JWT' }, { id: 123 })],
    ['a critical extension', signed({ ...HS256, crit: ['x'], x: 1 }, { id: 123 })],
    ['b64: false', signed({ ...HS256, b64: false }, { id: 123 })],
    ['not yet valid', signed(HS256, { id: 123, nbf: past + 3600 })],
    ['no token at all', 'hello'],
    ['of another scheme', 'Basic dXNlcjpwYXNz'],
    ['too long', `${token}${'a'.repeat(10_000)}`],
  ])('403 "Invalid token" to a token that is %s', async (_what, value) => {
    const authorization = value.startsWith('Basic') ? value : `Bearer ${value}`;
    const answer = await ask(`${main}/data`, { headers: { authorization } });
    expect(answer).toMatchObject(INVALID);
    expect(answer.body).toEqual(INVALID.body);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer .*error="invalid_token"/);
  });

  it('takes a token of the lab: made elsewhere, without exp', async () => {
    expect(
      (await ask(`${main}/data`, { headers: { authorization: signed(HS256, { id: 123 }) } })).status,
    ).toBe(200);
  });
});

describe('bodies', () => {
  const targets: readonly (readonly [string, string, Record<string, string>])[] = [
    ['the gateway', `${main}/longtask`, bearer],
    ['the worker', `${url('worker')}/task`, {}],
    ['the cache', `${url('cache')}/cache/bad-input`, {}],
  ];

  describe.each(targets)('to %s', (_who, target, headers) => {
    const post = (body: string | Buffer, type = json['content-type']) =>
      ask(target, { method: 'POST', headers: { ...headers, 'content-type': type }, body });

    it.each([
      ['malformed JSON', '{"a":', 400],
      ['an array where an object is due', '[1]', 400],
      ['a string where an object is due', '"x"', 400],
      ['null', 'null', 400],
      ['nothing', '', 400],
      ['very deep JSON', `{"value":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, 400],
      ['10 MB', `{"value":"${'x'.repeat(10_000_000)}"}`, 413],
    ])('%s', async (_what, body, status) => {
      expect(await post(body)).toMatchObject({ status, body: { error: expect.stringMatching(/\w+ \w+/) } });
    });

    it('what is not JSON', async () => {
      expect(await post('a=1', 'application/x-www-form-urlencoded')).toMatchObject({
        status: 415,
        body: { error: 'The body must be JSON: send it with Content-Type: application/json' },
      });
    });
  });

  it.each([['0'], ['-1'], ['"x"'], ['1e400'], ['null'], ['[]']])('a cache entry with ttl %s', async (ttl) => {
    expect(
      await ask(`${url('cache')}/cache/k`, {
        method: 'POST',
        headers: json,
        body: `{"value":1,"ttl":${ttl}}`,
      }),
    ).toMatchObject({ status: 400, body: { details: [{ field: 'ttl', message: expect.any(String) }] } });
  });

  it('a cache key of 10 KB', async () => {
    const target = `${url('cache')}/cache/${'k'.repeat(10_240)}`;
    const error = { status: 400, body: { error: expect.stringContaining('at most 1024 characters') } };
    expect(await ask(target, { method: 'POST', headers: json, body: '{"value":1}' })).toMatchObject(error);
    expect(await ask(target)).toMatchObject(error);
  });
});

/** Every process, and where it answers for itself. */
const PROCESSES: readonly (readonly [app: AppName, target: string, own: string])[] = APP_NAMES.flatMap(
  (app) => urls(app).map((target) => [app, target, isBalancer(app) ? '/-' : ''] as const),
);

const instances = () =>
  Promise.all(
    PROCESSES.map(async ([app, target, own]) => {
      const { body } = await ask(`${target}${own}/health/live`);
      return `${app} ${(body as { instance: string }).instance}`;
    }),
  );
const before = await instances();

describe('requests that nobody has an answer for', () => {
  /** Where those who have it show their routes. */
  const docsOf = (app: AppName) =>
    isBalancer(app) ? '/-/docs' : app === 'api-gateway' ? '/docs' : undefined;
  const known: readonly (readonly [app: AppName, base: string, path: string])[] = [
    ...BALANCERS.map(([balancer]) => [balancer, `${url(balancer)}/-`, '/health/live'] as const),
    ['api-gateway', main, '/data'],
    ['microservice', url('microservice'), '/process'],
    ['worker', url('worker'), '/health/live'],
    ['cache', url('cache'), '/cache/some-key'],
    ['database', url('database'), '/db'],
  ];

  it.each(known)('404 to an unknown path of %s', async (app, base) => {
    const { status, body } = await ask(`${base}/nothing`, { headers: bearer });
    const { pathname } = new URL(`${base}/nothing`);
    const docs = docsOf(app);
    const hint = docs === undefined ? '' : `; see ${docs} for what there is`;
    expect([status, body]).toEqual([404, { error: `There is nothing at GET ${pathname}${hint}` }]);
  });

  it.each(known)('405 with Allow to another method of a known path of %s', async (_app, base, path) => {
    const { status, body, headers } = await ask(base + path, { method: 'PATCH', headers: bearer });
    const allow = headers.get('allow');
    expect(allow).toContain('GET');
    expect([status, body]).toEqual([405, { error: `PATCH is not allowed here; use ${allow}` }]);
  });

  it.each(PROCESSES)('431 to 20 KB of header from %s at %s', async (_app, target) => {
    expect(await ask(`${target}/anything`, { headers: { 'x-big': 'a'.repeat(20_000) } })).toMatchObject({
      status: 431,
      body: { error: 'The request head is over the limit of 16384 bytes' },
    });
  });

  it.each(PROCESSES)('400 to what is not HTTP from %s at %s', async (_app, target) => {
    const answer = await rawExchange(Number(new URL(target).port), 'HELLO\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toEqual({
      error: expect.stringMatching(/^The request is not valid HTTP\/1\.1/),
    });
  });

  it('and after all that every process is the one that it was', async () => {
    expect(await instances()).toEqual(before);
  });
});
