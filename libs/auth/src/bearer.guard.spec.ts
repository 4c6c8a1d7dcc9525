import { startApp, type RunningApp } from '@balanza/runtime';
import { freePorts } from '@balanza/testing';
import { Controller, Get, Module, UseGuards } from '@nestjs/common';
import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuthOptions } from './auth-options.js';
import { AuthModule } from './auth.module.js';
import { BearerGuard } from './bearer.guard.js';
import type { Claims } from './claims.js';
import { CurrentUser } from './current-user.decorator.js';
import { mintToken } from './mint-token.js';
import { RequiredScope } from './required-scope.decorator.js';

const SECRET = 'secret';
const MISSING = {
  status: 403,
  challenge: 'Bearer realm="balanza"',
  body: '{"error":"Missing token"}',
};
const INVALID = {
  status: 403,
  challenge: 'Bearer realm="balanza", error="invalid_token"',
  body: '{"error":"Invalid token"}',
};

@Controller('me')
@UseGuards(BearerGuard)
class MeController {
  @Get()
  me(@CurrentUser() user: Claims): Claims {
    return user;
  }

  @Get('admin')
  @RequiredScope('balancer:admin')
  admin(@CurrentUser() user: Claims): Claims {
    return user;
  }
}

async function startWith(options: Partial<AuthOptions> = {}): Promise<RunningApp> {
  @Module({ imports: [AuthModule.forRoot({ secret: SECRET, ...options })], controllers: [MeController] })
  class TestModule {}

  const [port] = await freePorts(1);
  return startApp(
    { name: 'api-gateway', internal: false, create: () => ({ module: TestModule }) },
    {
      PORT: String(port),
      LOG_LEVEL: 'silent',
      LOG_FORMAT: 'json',
    },
  );
}

/** Sends the header exactly as given; fetch would trim and refuse. */
async function ask(app: RunningApp, authorization?: string, path = '/me') {
  const sent = request({
    host: '127.0.0.1',
    port: app.context.port,
    path,
    headers: authorization === undefined ? {} : { authorization },
  }).end();
  const [response] = await once(sent, 'response');
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode, challenge: response.headers['www-authenticate'], body };
}

const encode = (part: unknown) =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

/** A token with any header and payload, given as values or as raw JSON text, correctly signed. */
function forge(
  payload: unknown,
  header: unknown = { alg: 'HS256', typ: 'JWT' },
  secret = SECRET,
  hash = 'sha256',
) {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`;
}

const now = () => Math.floor(Date.now() / 1000);
const valid = forge({ id: 123 });

describe('in development', () => {
  let app: RunningApp;
  beforeAll(async () => {
    app = await startWith();
  });
  afterAll(() => app.stop());

  it.each([
    ['Bearer', `Bearer ${valid}`],
    ['bearer', `bearer ${valid}`],
    ['BEARER and more spaces', `BEARER   ${valid}`],
    ['the bare token', valid],
  ])('takes a token without exp, shown as %s', async (_name, authorization) => {
    expect(await ask(app, authorization)).toEqual({ status: 200, challenge: undefined, body: '{"id":123}' });
  });

  it('hands the claims to the controller', async () => {
    const token = forge({ sub: 'demo', exp: now() + 60, nbf: now() - 1, iat: now(), roles: ['a'] });
    const { status, body } = await ask(app, `Bearer ${token}`);
    expect([status, JSON.parse(body)]).toEqual([
      200,
      {
        sub: 'demo',
        exp: expect.any(Number),
        nbf: expect.any(Number),
        iat: expect.any(Number),
        roles: ['a'],
      },
    ]);
  });

  it('takes a header without typ', async () => {
    expect((await ask(app, forge({ id: 1 }, { alg: 'HS256' }))).status).toBe(200);
  });

  it('takes a minted token', async () => {
    const token = await mintToken({ secret: SECRET, subject: 'demo', expiresIn: '1h', claims: { a: 1 } });
    const { body } = await ask(app, `Bearer ${token}`);
    const claims: unknown = JSON.parse(body);
    expect(claims).toEqual({ a: 1, sub: 'demo', iat: expect.any(Number), exp: expect.any(Number) });
    expect(claims).toSatisfy(({ iat = 0, exp = 0 }: Claims) => exp - iat === 3_600);
  });

  it.each([
    ['alone', 'balancer:admin'],
    ['among others', 'tasks:read balancer:admin'],
  ])('lets a token through that has the scope of the route %s', async (_name, scope) => {
    const answer = await ask(app, forge({ sub: 'op', scope }), '/me/admin');
    expect([answer.status, JSON.parse(answer.body)]).toEqual([200, { sub: 'op', scope }]);
  });

  it.each([
    ['no scope', {}],
    ['another scope', { scope: 'balancer:administrator' }],
    ['a scope that is no text', { scope: ['balancer:admin'] }],
  ])('refuses a token with %s', async (_name, payload) => {
    expect(await ask(app, forge(payload), '/me/admin')).toEqual({
      status: 403,
      challenge: 'Bearer realm="balanza", error="insufficient_scope", scope="balancer:admin"',
      body: '{"error":"The token does not have the scope balancer:admin; ask for one that does"}',
    });
  });

  it('asks for a token where none is shown', async () => {
    expect(await ask(app)).toEqual(MISSING);
    expect(await ask(app, '')).toEqual(MISSING);
  });

  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const rsaInput = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode({ id: 123 })}`;
  const publicPem = rsa.publicKey.export({ type: 'spki', format: 'pem' });
  const none = `${encode({ alg: 'none' })}.${encode({ id: 123 })}`;
  const [head = '', body = '', signature = ''] = valid.split('.');

  it.each([
    ['the scheme alone', 'Bearer'],
    ['another scheme', 'Basic c2VjcmV0'],
    ['two tokens', `Bearer ${valid} ${valid}`],
    ['a word', 'Bearer hello'],
    ['another secret', forge({ id: 123 }, undefined, 'Secret')],
    ['an empty secret', forge({ id: 123 }, undefined, '')],
    ['no signature', `${head}.${body}.`],
    ['two parts', `${head}.${body}`],
    ['four parts', `${valid}.${signature}`],
    ['a truncated signature', valid.slice(0, -1)],
    ['a truncated payload', `${head}.${body.slice(0, -2)}.${signature}`],
    ['another payload under the same signature', `${head}.${encode({ id: 124 })}.${signature}`],
    ['alg none', `${none}.`],
    ['alg none with a signature', forge({ id: 123 }, { alg: 'none' })],
    ['alg nOnE', forge({ id: 123 }, { alg: 'nOnE' })],
    ['HS384', forge({ id: 123 }, { alg: 'HS384' }, SECRET, 'sha384')],
    ['HS512', forge({ id: 123 }, { alg: 'HS512' }, SECRET, 'sha512')],
    ['RS256', `${rsaInput}.${createSign('sha256').update(rsaInput).sign(rsa.privateKey, 'base64url')}`],
    ['HS256 under a public key', forge({ id: 123 }, undefined, publicPem)],
    ['no alg', forge({ id: 123 }, { typ: 'JWT' })],
    ['crit', forge({ id: 123 }, { alg: 'HS256', crit: ['exp'], exp: 1 })],
    ['an unknown crit', forge({ id: 123 }, { alg: 'HS256', crit: ['x'], x: 1 })],
    ['b64 false', forge({ id: 123 }, { alg: 'HS256', b64: false })],
    ['b64 false and crit', forge({ id: 123 }, { alg: 'HS256', b64: false, crit: ['b64'] })],
    ['a header that is a list', forge({ id: 123 }, ['HS256'])],
    ['a header that is not JSON', forge({ id: 123 }, '{"alg":"HS256"')],
    ['a payload that is text', forge('"hello"')],
    ['a payload that is a number', forge('1')],
    ['a payload that is null', forge('null')],
    ['a payload that is a list', forge([{ id: 123 }])],
    ['a payload that is not JSON', forge('{"id":')],
    ['a token that has expired', forge({ exp: now() - 1 })],
    ['exp as text', forge({ exp: String(now() + 60) })],
    ['exp null', forge({ exp: null })],
    ['an infinite exp', forge('{"exp":1e400}')],
    ['nbf in the future', forge({ nbf: now() + 60 })],
    ['nbf as text', forge({ nbf: '1' })],
    ['iat as text', forge({ iat: 'yesterday' })],
    ['sub that is no text', forge({ sub: { id: 1 } })],
    ['more than 8 KiB', forge({ id: 'x'.repeat(6_200) })],
  ])('refuses %s', async (_name, token) => {
    expect(await ask(app, token.includes(' ') ? token : `Bearer ${token}`)).toEqual(INVALID);
  });

  it('takes a token of almost 8 KiB', async () => {
    expect((await ask(app, `Bearer ${forge({ id: 'x'.repeat(5_900) })}`)).status).toBe(200);
  });

  it('does not let a claim called __proto__ stand for others', async () => {
    const answer = await ask(app, forge('{"__proto__":{"sub":"admin"}}'));
    expect([answer.status, JSON.parse(answer.body)]).toEqual([200, {}]);
  });
});

describe('options', () => {
  it('answers 401 where told to', async () => {
    const app = await startWith({ failureStatus: 401 });
    expect(await ask(app)).toEqual({ ...MISSING, status: 401 });
    expect(await ask(app, 'Bearer x')).toEqual({ ...INVALID, status: 401 });
    await app.stop();
  });

  it('refuses a token without exp where it is required', async () => {
    const app = await startWith({ requireExpiry: true });
    expect(await ask(app, `Bearer ${valid}`)).toEqual(INVALID);
    expect((await ask(app, `Bearer ${forge({ id: 123, exp: now() + 60 })}`)).status).toBe(200);
    await app.stop();
  });

  it('refuses an empty secret', () => {
    expect(() => AuthModule.forRoot({ secret: '' })).toThrow(RangeError);
  });
});
