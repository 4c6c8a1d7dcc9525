import {
  eventually,
  freePorts,
  isolatedEnvironment,
  processOutput,
  temporaryFolder,
  type TemporaryFolder,
} from '@balanza/testing';
import { spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunRecord } from '../setup/run-record.mjs';
import type { Order } from './orders.ts';
import { ROOT } from './workspace.ts';

const READY_MS = 60_000;
/** The shortest that there is, in seconds. */
const STALL_TIMEOUT = '5';

let folder: TemporaryFolder;
let ports: [number, number];
let end: (() => Promise<unknown>) | undefined;

beforeEach(async () => {
  folder = temporaryFolder();
  ports = (await freePorts(2)) as [number, number];
  const replicas = ports.map((port) => ({ port, processingTime: 0 }));
  folder.write('topology.json', JSON.stringify({ apps: { microservice: replicas } }));
});

afterEach(async () => {
  await end?.();
  end = undefined;
  folder[Symbol.dispose]();
});

/** @param preload a program that each process loads first */
async function serve(preload = '') {
  const launcher = spawn(process.execPath, [join(ROOT, 'tools', 'serve.ts'), 'microservice'], {
    cwd: ROOT,
    env: isolatedEnvironment(ROOT, {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(preload)}`,
      LOG_FORMAT: 'json',
      BALANZA_CONFIG: join(folder.path, 'topology.json'),
      BALANZA_RUN_DIR: join(folder.path, 'run'),
      STALL_TIMEOUT,
    }),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const { output, ended } = processOutput(launcher as ChildProcessByStdio<null, Readable, Readable>);
  end = () => {
    launcher.kill('SIGTERM');
    return ended;
  };
  const order = async (type: Order['type'], name: string) => {
    launcher.send({ type, name } satisfies Order);
    const [answer] = (await once(launcher, 'message')) as unknown[];
    return answer;
  };
  await eventually(() => expect(output()).toContain('microservice is ready'), READY_MS);
  return { output, order };
}

function pidOn(port: number): number {
  const file = readdirSync(join(folder.path, 'run')).find((name) => name.endsWith('.json')) ?? '';
  const { replicas } = JSON.parse(readFileSync(join(folder.path, 'run', file), 'utf8')) as RunRecord;
  const pid = replicas.find(({ name }) => name === `microservice:${port}`)?.pid;
  if (pid === undefined) throw new Error(`nothing runs on ${port}`);
  return pid;
}

async function instanceOn(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/health/live`);
  return ((await response.json()) as { instance: string }).instance;
}

const killed = (port: number, pid: number) =>
  `The event loop of microservice:${port} (process ${pid}) has not turned for ${STALL_TIMEOUT} s: it is killed, and started again\n`;

const SPINS = "process.on('SIGUSR2', () => { for (;;); });";

describe('a process whose event loop stands still', () => {
  it.each([
    ['it spins', 'SIGUSR2'],
    ['it was stopped', 'SIGSTOP'],
  ] as const)('is killed and started again: %s', async (_name, signal) => {
    const launcher = await serve(SPINS);
    const pid = pidOn(ports[0]);
    const [stalled, other] = await Promise.all(ports.map(instanceOn));
    process.kill(pid, signal);
    await eventually(() => expect(launcher.output()).toContain(killed(ports[0], pid)), READY_MS);
    await eventually(async () => expect(await instanceOn(ports[0])).not.toBe(stalled), READY_MS);
    expect(await instanceOn(ports[1])).toBe(other);
    expect(launcher.output().match(/The event loop of/g)).toHaveLength(1);
  });

  it('is left alone where the pause was ordered through the launcher', async () => {
    const launcher = await serve();
    const [paused, stopped] = await Promise.all(ports.map(instanceOn));
    const pids = ports.map(pidOn);
    const name = `microservice:${ports[0]}`;
    expect(await launcher.order('balanza:pause', name)).toEqual({ type: 'balanza:pause', name, done: true });
    // The other one stands still for a shorter time, and is noticed.
    process.kill(pids[1] ?? 0, 'SIGSTOP');
    await eventually(() => expect(launcher.output()).toContain(killed(ports[1], pids[1] ?? 0)), READY_MS);
    await eventually(async () => expect(await instanceOn(ports[1])).not.toBe(stopped), READY_MS);
    expect(pidOn(ports[0])).toBe(pids[0]);
    await launcher.order('balanza:resume', name);
    expect(await instanceOn(ports[0])).toBe(paused);
    expect(await launcher.order('balanza:pause', 'worker:1')).toMatchObject({ done: false });
  });
});

it('a process that starts slowly is not taken for one that stands still', async () => {
  const blocks = `
    import { Server } from 'node:net';
    const { listen } = Server.prototype;
    Server.prototype.listen = function (...args) {
      const never = new Int32Array(new SharedArrayBuffer(4));
      if (process.argv[1].endsWith('main.js')) Atomics.wait(never, 0, 0, ${(Number(STALL_TIMEOUT) + 3) * 1000});
      return listen.apply(this, args);
    };`;
  const launcher = await serve(blocks);
  expect(launcher.output()).not.toContain('The event loop of');
});

it('a timeout that is not allowed is refused', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'tools', 'serve.ts'), 'microservice'],
    {
      encoding: 'utf8',
      env: isolatedEnvironment(ROOT, { STALL_TIMEOUT: '3', BALANZA_RUN_DIR: join(folder.path, 'run') }),
    },
  );
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: '',
    stderr: 'STALL_TIMEOUT=3: must be 0 (never) or a number of seconds from 5 to 86400\n',
  });
});
