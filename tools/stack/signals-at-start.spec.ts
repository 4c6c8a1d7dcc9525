import {
  eventually,
  freePorts,
  isolatedEnvironment,
  processOutput,
  temporaryFolder,
  type TemporaryFolder,
} from '@balanza/testing';
import type { AppName } from '@balanza/topology';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { argumentsOf } from './replicas.ts';
import { ROOT } from './workspace.ts';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

let folder: TemporaryFolder;
let started: ChildProcess | undefined;

beforeEach(() => {
  folder = temporaryFolder();
});

afterEach(async () => {
  if (started?.exitCode === null && started.signalCode === null) {
    started.kill('SIGKILL');
    await once(started, 'close');
  }
  folder[Symbol.dispose]();
});

/** Runs one app as `npm start` does, in a group of its own, and collects what it prints. */
function run(app: AppName, environment: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, argumentsOf(app), {
    cwd: ROOT,
    env: isolatedEnvironment(ROOT, { NODE_OPTIONS: '', LOG_FORMAT: 'json', ...environment }),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  started = child;
  return { child, ...processOutput(child) };
}

/** A program to load first, that has the process stand still when it is about to listen, until there is a file. */
const waitsToListen = (file: string) => `
  import { existsSync, writeSync } from 'node:fs';
  import { Server } from 'node:net';
  const { listen } = Server.prototype;
  Server.prototype.listen = function (...args) {
    writeSync(1, 'about to listen');
    const never = new Int32Array(new SharedArrayBuffer(4));
    while (!existsSync(${JSON.stringify(file)})) Atomics.wait(never, 0, 0, 10);
    return listen.apply(this, args);
  };`;

/** A program to load first, that has the process stand still once its cluster is made, until there is a file. */
const waitsToStartPostgres = (file: string) => `
  import childProcess from 'node:child_process';
  import { existsSync } from 'node:fs';
  import { syncBuiltinESMExports } from 'node:module';
  const { spawn } = childProcess;
  childProcess.spawn = (program, args, ...rest) => {
    const starts = program.endsWith('/pg_ctl') && args[0] === 'start';
    const never = new Int32Array(new SharedArrayBuffer(4));
    while (starts && !existsSync(${JSON.stringify(file)})) Atomics.wait(never, 0, 0, 10);
    return spawn(program, args, ...rest);
  };
  syncBuiltinESMExports();`;

const loading = (program: string) => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(program)}`,
});

async function expectFree(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  server.close();
}

describe('a process that is told to end while it starts', () => {
  it.each(SIGNALS)('ends well, as it does later: %s', async (signal) => {
    const [port = 0] = await freePorts(1);
    const goOn = join(folder.path, 'go on');
    const { child, ended, output } = run('cache', {
      PORT: String(port),
      ...loading(waitsToListen(goOn)),
    });
    await eventually(() => expect(output()).toBe('about to listen'), 30_000);
    child.kill(signal);
    folder.write('go on', '');
    const { code } = await ended;
    expect([code, output()]).toEqual([0, expect.stringContaining(`${signal}: `)]);
    await expectFree(port);
  });

  it.each(SIGNALS)(
    'leaves no half of a PostgreSQL behind, also where all it has begun gets %s',
    async (signal) => {
      const [port = 0, postgresPort = 0] = await freePorts(2);
      const dataDirectory = join(folder.path, 'postgres');
      const goOn = join(folder.path, 'go on');
      const topology = JSON.stringify({ postgres: { port: postgresPort, dataDirectory } });
      const { child, ended, output } = run('database', {
        PORT: String(port),
        BALANZA_CONFIG: folder.write('topology.json', topology),
        ...loading(waitsToStartPostgres(goOn)),
      });
      // The cluster is being made, or just is.
      const made = ['postgres.new', 'postgres'].map((name) => join(folder.path, name, 'PG_VERSION'));
      await eventually(() => expect(made.some((file) => existsSync(file))).toBe(true), 30_000);
      process.kill(-(child.pid ?? 0), signal);
      folder.write('go on', '');
      expect(await ended).toEqual({
        code: 0,
        output: expect.stringContaining(`database: ${signal}: ends as soon as its start allows\n`) as unknown,
      });
      expect(output()).not.toContain('listens');
      expect(readdirSync(folder.path).toSorted()).toEqual(['go on', 'postgres', 'topology.json']);
      expect(readdirSync(dataDirectory)).toContain('PG_VERSION');
      expect(readdirSync(dataDirectory)).not.toContain('postmaster.pid');
      for (const each of [port, postgresPort]) await expectFree(each);
    },
  );
});
