import { freePorts, rawExchange, temporaryFolder } from '@balanza/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSample } from '../testing/sample-app.js';

type Sample = Awaited<ReturnType<typeof startSample>>;

async function ask({ context }: Sample, host: string, path = '/items/7') {
  const answer = await rawExchange(
    context.port,
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
  );
  const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(answer) ?? [];
  return {
    status: Number(status),
    body: JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as unknown,
  };
}

const SERVED = { status: 200, body: { id: '7' } };

describe('an internal service on the loopback address', () => {
  let app: Sample;
  const folder = temporaryFolder();
  beforeAll(async () => {
    const [port = 0] = await freePorts(1);
    const workers = { backends: [{ url: 'http://Worker-1.test:5005' }] };
    const file = { balancers: { 'lb-workers': { port, ...workers } } };
    app = await startSample({ BALANZA_CONFIG: folder.write('balanza.json', JSON.stringify(file)) });
  });
  afterAll(async () => {
    await app.stop();
    folder[Symbol.dispose]();
  });

  it.each([
    ['localhost'],
    ['LocalHost:80'],
    ['localhost.:5001'],
    ['micro.localhost:5001'],
    ['127.0.0.1'],
    ['127.255.0.9:1'],
    ['[::1]'],
    ['[::1]:5001'],
    ['worker-1.test:5005'],
  ])('serves a request for %s', async (host) => {
    expect(await ask(app, host)).toEqual(SERVED);
  });

  it.each([
    ['evil.example:5001', 'evil.example'],
    ['localhost.evil.example', 'localhost.evil.example'],
    ['127.0.0.1.evil.example', '127.0.0.1.evil.example'],
    ['notlocalhost', 'notlocalhost'],
    ['10.0.0.1:5001', '10.0.0.1'],
    ['[::2]:5001', '[::2]'],
    ['0.0.0.0', '0.0.0.0'],
    [`${'a'.repeat(200)}.example`, `${'a'.repeat(100)}…`],
  ])('refuses one for %s', async (host, shown) => {
    const refused = {
      status: 421,
      body: {
        error:
          `This service listens on the loopback address and answers to localhost and 127.0.0.1, not to "${Buffer.from(shown).toString('latin1')}"; ` +
          'ask it under one of these, or set HOST to the address at which it is to be reached',
      },
    };
    expect(await ask(app, host)).toEqual(refused);
    expect(await ask(app, host, '/nothing')).toEqual(refused);
    expect(await ask(app, host, '/health/live')).toEqual(refused);
  });

  it('serves a client of HTTP/1.0, which names no host', async () => {
    expect(await rawExchange(app.context.port, 'GET /items/7 HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
  });
});

it.each([
  ['HOST says another address', { HOST: '0.0.0.0' }],
  ['it is in production', { NODE_ENV: 'production' }],
])('an internal service is reached under any name where %s', async (_what, environment) => {
  await using app = await startSample(environment);
  expect(await ask(app, 'evil.example')).toEqual(SERVED);
});
