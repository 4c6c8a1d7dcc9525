import { temporaryFolder } from '@balanza/testing';
import { loadTopology } from '@balanza/topology';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { neededPorts } from '../stack/ports.ts';
import { replicasOf } from '../stack/replicas.ts';
import { ROOT } from '../stack/workspace.ts';
import { defaultPorts } from './default-ports.mjs';

it.each([
  [{}, undefined, true],
  [{ HOST: '127.0.0.9', DATABASE_URL: 'postgres://db/x' }, '127.0.0.9', false],
])('the default ports are those of the built-in topology, with %j', (environment, host, embedded) => {
  const topology = loadTopology(undefined, { host });
  const ports = neededPorts(topology, replicasOf(topology), embedded);
  expect(new Set(defaultPorts(environment))).toEqual(new Set(ports));
});

/** An address where nothing else listens; only Linux has all of 127.0.0.0/8. */
const HOST = '127.0.0.77';

describe.skipIf(process.platform !== 'linux')('npm start on a port that is taken', () => {
  /** Runs `npm start` in a checkout where nothing is installed, and from which nothing can be. */
  async function start(environment: Record<string, string>, dotEnv = '') {
    using folder = temporaryFolder();
    cpSync(join(ROOT, 'tools'), join(folder.path, 'tools'), { recursive: true });
    folder.write('.env', dotEnv);
    const holder = createServer().listen(5002, HOST);
    await once(holder, 'listening');
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(folder.path, 'tools', 'bootstrap.mjs'), 'start'],
      {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], DATABASE_URL: 'postgres://db/x', ...environment },
      },
    );
    holder.close();
    return { status, stderr };
  }

  const refusal = {
    status: 1,
    stderr: expect.stringMatching(
      new RegExp(
        `^Port 5002 \\(database\\) is held by process ${process.pid}: .{1,60}\\.\nNothing was started\\.\n$`,
      ),
    ),
  };

  it('says so before it installs anything', async () => {
    expect(await start({ HOST })).toEqual(refusal);
    expect(await start({}, `HOST=${HOST}`)).toEqual(refusal);
  });

  it('leaves that to the launcher where a topology file names the ports', async () => {
    const installs = { status: 1, stderr: expect.stringMatching(/^Installing, as nothing is installed yet/) };
    expect(await start({ HOST, BALANZA_CONFIG: 'my.yaml' })).toEqual(installs);
    expect(await start({ HOST }, 'BALANZA_CONFIG=my.yaml')).toEqual(installs);
  });
});
