import { mintToken } from '@balanza/auth';
import { ConfigError } from '@balanza/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type Gateway } from './testing/gateway.js';
import { json, StandIn } from './testing/stand-in.js';

// Made elsewhere with the secret "secret" and the payload {"id":123}.
const LAB_TOKEN =
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpZCI6MTIzfQ.4OcRLSO_GlqmtdRD_eKLcLiVpSaX8ueIM2ddAOrxY1I';
const STRONG = 'a secret that has thirty-two bytes or more';

let database: StandIn;
let gateway: Gateway;

beforeAll(async () => {
  database = await StandIn.start(json(200, { message: 'data' }));
  gateway = await startGateway({ DATABASE_SERVICE_URL: database.url });
});
afterAll(async () => {
  await gateway.app.stop();
  await database.stop();
});

async function ask(path: string, authorization?: string, method = 'GET') {
  const response = await fetch(gateway.url + path, {
    method,
    headers: authorization === undefined ? {} : { authorization },
  });
  return [response.status, response.headers.get('www-authenticate'), await response.text()];
}

describe('every route', () => {
  it.each([
    ['GET', '/data'],
    ['GET', '/process'],
    ['POST', '/longtask'],
    ['GET', '/longtask/0d2f6f1a-5a53-4b9e-9a8e-3f1d1f7a2c10'],
  ])('%s %s needs a valid token', async (method, path) => {
    expect(await ask(path, undefined, method)).toEqual([
      403,
      'Bearer realm="balanza"',
      '{"error":"Missing token"}',
    ]);
    expect(await ask(path, 'Bearer nonsense', method)).toEqual([
      403,
      'Bearer realm="balanza", error="invalid_token"',
      '{"error":"Invalid token"}',
    ]);
  });

  it('leaves health, metrics and documentation open', async () => {
    const statuses = await Promise.all(
      ['/health/live', '/health/ready', '/metrics', '/docs', '/docs-json'].map(
        async (path) => (await fetch(gateway.url + path)).status,
      ),
    );
    expect(statuses).toEqual([200, 200, 200, 200, 200]);
  });
});

describe('the token of the lab', () => {
  it.each([[LAB_TOKEN], [`Bearer ${LAB_TOKEN}`], [`bEARER ${LAB_TOKEN}`]])(
    'is valid as %s',
    async (shown) => {
      expect((await ask('/data', shown))[0]).toBe(200);
    },
  );
});

describe('AUTH_FAILURE_STATUS', () => {
  it('401 makes the status that of RFC 6750', async () => {
    await using strict = await startGateway({ AUTH_FAILURE_STATUS: '401' });
    const response = await fetch(`${strict.url}/data`);
    expect([response.status, await response.text()]).toEqual([401, '{"error":"Missing token"}']);
  });

  it('takes nothing else', async () => {
    await expect(startGateway({ AUTH_FAILURE_STATUS: '200' })).rejects.toThrow(
      new ConfigError('The configuration is not valid:\n  AUTH_FAILURE_STATUS=200: must be 401 or 403'),
    );
  });
});

describe('in production', () => {
  it.each([['secret'], ['x'.repeat(31)], [undefined]])(
    'refuses to start with the secret %s',
    async (secret) => {
      const env = { NODE_ENV: 'production' };
      await expect(
        startGateway({ ...env, ...(secret === undefined ? {} : { JWT_SECRET: secret }) }),
      ).rejects.toThrow(/^JWT_SECRET must have at least 32 bytes in production/);
    },
  );

  it.each([
    ['can be guessed', { JWT_SECRET: 'a'.repeat(40) }, /^JWT_SECRET can be guessed: /],
    [
      'is used for two things',
      { JWT_SECRET: STRONG, SERVICE_TOKEN: STRONG },
      /^SERVICE_TOKEN and JWT_SECRET must not be the same secret in production; /,
    ],
  ])('refuses to start with a secret that %s', async (_what, secrets, error) => {
    await expect(startGateway({ NODE_ENV: 'production', ...secrets })).rejects.toThrow(error);
  });

  it('refuses a token that never expires, unless told otherwise', async () => {
    const env = { NODE_ENV: 'production', JWT_SECRET: STRONG, DATABASE_SERVICE_URL: database.url };
    const forever = `Bearer ${await mintToken({ secret: STRONG, claims: { id: 123 } })}`;
    await using strict = await startGateway(env);
    expect((await strict.ask('/data', { headers: { authorization: forever } })).status).toBe(403);
    expect((await strict.ask('/data')).status).toBe(200);
    await using lenient = await startGateway({ ...env, JWT_REQUIRE_EXP: 'false' });
    expect((await lenient.ask('/data', { headers: { authorization: forever } })).status).toBe(200);
  });
});
