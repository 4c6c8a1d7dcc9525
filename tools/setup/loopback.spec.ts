import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { useOwnSettings } from '../test/own-settings.ts';
import { directLoopback } from './loopback.mjs';

const OWN = 'localhost,127.0.0.1,::1,[::1]';

describe('loopback is reached directly', () => {
  it.each([
    ['nothing else is', {}, OWN],
    ['other hosts are', { NO_PROXY: 'intranet, .example.org' }, `intranet,.example.org,${OWN}`],
    ['all are', { no_proxy: '*' }, `*,${OWN}`],
    ['it is', { no_proxy: '127.0.0.1', NO_PROXY: 'intranet' }, '127.0.0.1,localhost,::1,[::1]'],
  ])('where %s', (_name, environment, value) => {
    expect(directLoopback(environment)).toEqual({ no_proxy: value, NO_PROXY: value });
  });

  it('by a Node that is told to use a proxy', async () => {
    const server = createServer((_request, response) => response.end('direct')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const child = spawn(
      process.execPath,
      ['-e', `fetch('${url}').then((r) => r.text(), (e) => e.cause.code).then(console.log)`],
      {
        // Nothing listens on the port of the discard service.
        env: { NODE_USE_ENV_PROXY: '1', http_proxy: 'http://127.0.0.1:9', ...directLoopback({}) },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const [output] = (await once(child.stdout, 'data')) as [Buffer];
    server.close();
    expect(output.toString()).toBe('direct\n');
  });
});

it('tests leave out what a shell is set up with for other servers', () => {
  const environment = { PGSSLMODE: 'prefer', PGOPTIONS: '-c x=y', PATH: '/bin', NO_PROXY: 'intranet' };
  useOwnSettings(environment);
  expect(environment).toEqual({
    PATH: '/bin',
    NO_PROXY: `intranet,${OWN}`,
    no_proxy: `intranet,${OWN}`,
  });
});
