import { temporaryFolder } from '@balanza/testing';
import { loadTopology } from '@balanza/topology';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync } from 'node:fs';
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

  it('names the stack of this workspace that runs, and what ends it, before it installs anything', async () => {
    using folder = temporaryFolder();
    cpSync(join(ROOT, 'tools'), join(folder.path, 'tools'), { recursive: true });
    mkdirSync(join(folder.path, 'another', 'tools'), { recursive: true });
    const launcher = folder.write(
      'another/tools/start.ts',
      'setInterval(() => {}, 1000); console.log("runs");',
    );
    const running = spawn(process.execPath, [launcher], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(running.stdout, 'data');
    const replica = { pid: running.pid, command: `${process.execPath} ${launcher}` };
    mkdirSync(join(folder.path, '.balanza', 'run'), { recursive: true });
    folder.write(
      `.balanza/run/${running.pid}.json`,
      JSON.stringify({
        launcher: running.pid,
        replicas: [
          { ...replica, name: 'cache:5004' },
          { ...replica, name: 'load-balancer:8000' },
        ],
      }),
    );
    const bootstrap = join(folder.path, 'tools', 'bootstrap.mjs');
    const { status, stdout, stderr } = spawnSync(process.execPath, [bootstrap, 'start'], {
      encoding: 'utf8',
      env: {},
    });
    running.kill('SIGKILL');
    await once(running, 'close');
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: '',
      stderr:
        'This workspace runs already; npm run stop ends it ' +
        `(launcher: process ${running.pid}, load-balancer: port 8000).\nNothing was started.\n`,
    });
  });

  it('leaves that to the launcher where a topology file names the ports', async () => {
    const installs = { status: 1, stderr: expect.stringMatching(/^Installing, as nothing is installed yet/) };
    expect(await start({ HOST, BALANZA_CONFIG: 'my.yaml' })).toEqual(installs);
    expect(await start({ HOST }, 'BALANZA_CONFIG=my.yaml')).toEqual(installs);
  });
});
