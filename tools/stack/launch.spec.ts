import { eventually, freePorts, isolatedEnvironment, processOutput } from '@balanza/testing';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunRecord } from '../setup/run-record.mjs';
import { ROOT } from './workspace.ts';

let folder: string;
let ports: [number, number];
const launchers: ChildProcess[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'balanza-launch-'));
  ports = (await freePorts(2)) as [number, number];
  const replicas = ports.map((port) => ({ port, processingTime: 0 }));
  writeFileSync(join(folder, 'topology.json'), JSON.stringify({ apps: { microservice: replicas } }));
});

afterEach(async () => {
  for (const launcher of launchers.splice(0)) {
    if (launcher.exitCode !== null || launcher.signalCode !== null) continue;
    launcher.kill('SIGTERM');
    await once(launcher, 'exit');
  }
  await run('stop.ts').ended;
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a script of this folder's parent on the small topology, and collects what it prints. */
function run(script: string, args: readonly string[] = [], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(ROOT, 'tools', script), ...args], {
    cwd: ROOT,
    env: isolatedEnvironment(ROOT, {
      NODE_OPTIONS: '',
      LOG_FORMAT: 'json',
      BALANZA_CONFIG: join(folder, 'topology.json'),
      BALANZA_RUN_DIR: join(folder, 'run'),
      ...env,
    }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { child, ...processOutput(child) };
}

function serve(env: Record<string, string> = {}) {
  const launcher = run('serve.ts', ['microservice'], env);
  launchers.push(launcher.child);
  return launcher;
}

async function serveUntilReady() {
  const launcher = serve();
  await eventually(() => expect(launcher.output()).toContain('microservice is ready'));
  return launcher;
}

function recorded(): RunRecord {
  const file = readdirSync(join(folder, 'run')).find((name) => name.endsWith('.json')) ?? '';
  return JSON.parse(readFileSync(join(folder, 'run', file), 'utf8')) as RunRecord;
}

function pidOn(port: number): number {
  const found = recorded().replicas.find(({ name }) => name === `microservice:${port}`);
  if (found === undefined) throw new Error(`nothing is recorded on ${port}`);
  return found.pid;
}

async function instanceOn(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/health/live`);
  return ((await response.json()) as { instance: string }).instance;
}

async function expectNothingListens(): Promise<void> {
  for (const port of ports) await expect(instanceOn(port)).rejects.toThrow('fetch failed');
}

describe('a stack', () => {
  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'starts a process again after %s',
    { timeout: 100_000 },
    async (signal) => {
      const launcher = await serveUntilReady();
      const before = await instanceOn(ports[0]);
      const name = `microservice:${ports[0]}`;
      process.kill(pidOn(ports[0]), signal);
      await eventually(() => expect(launcher.output()).toContain(`${name} exited`));
      await eventually(() => expect(launcher.output()).toContain(`${name} restarted`));
      await eventually(async () => expect(await instanceOn(ports[0])).not.toBe(before));
    },
  );

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends as a whole, and well, on %s', async (signal) => {
    const launcher = await serveUntilReady();
    launcher.child.kill(signal);
    launcher.child.kill(signal);
    const { code, output } = await launcher.ended;
    expect([code, output.trimEnd().split('\n').at(-1)]).toEqual([0, 'Stopped.']);
    await expectNothingListens();
    expect(readdirSync(join(folder, 'run'))).toEqual([]);
  });

  it('ends as a whole when nobody reads its output any more', async () => {
    const launcher = await serveUntilReady();
    launcher.child.stdout.destroy();
    process.kill(pidOn(ports[0]), 'SIGKILL');
    const { output } = await launcher.ended;
    expect(output).not.toContain('outputStream');
    await expectNothingListens();
    expect(readdirSync(join(folder, 'run'))).toEqual([]);
  });

  it('starts nothing again once it is being stopped', async () => {
    const launcher = await serveUntilReady();
    process.kill(pidOn(ports[0]), 'SIGKILL');
    await eventually(() =>
      expect(launcher.output()).toContain(`microservice:${ports[0]} exited with code SIGKILL`),
    );
    launcher.child.kill('SIGINT');
    const { code, output } = await launcher.ended;
    expect([code, output]).toEqual([0, expect.not.stringContaining('restarted')]);
    await expectNothingListens();
  });

  it('says that it starts before anybody else says anything', async () => {
    const launcher = await serveUntilReady();
    expect(launcher.output()).toMatch(/^Starting 2 processes\n/);
  });
});

describe('a stack does not start', () => {
  it('on a port that is taken, and says which, for what, and who has it', async () => {
    const holder = createServer().listen(ports[1], '127.0.0.1');
    await once(holder, 'listening');
    try {
      const { code, output } = await serve().ended;
      expect([code, output]).toEqual([
        1,
        expect.stringMatching(
          new RegExp(
            `^Port ${ports[1]} \\(microservice\\) is held by process ${process.pid}: .+\nNothing was started.\n$`,
          ),
        ),
      ]);
      await expect(instanceOn(ports[0])).rejects.toThrow('fetch failed');
    } finally {
      holder.close();
    }
  });

  it('beside itself, and says what ends the one that runs', async () => {
    const launcher = await serveUntilReady();
    expect(await serve().ended).toEqual({
      code: 1,
      output:
        'This workspace runs already; npm run stop ends it ' +
        `(launcher: process ${launcher.child.pid}, microservice: port ${ports[1]}).\nNothing was started.\n`,
    });
    await expect(instanceOn(ports[0])).resolves.toBeDefined();
  });

  it('with a process that gives up, and shows once what it said', async () => {
    const { code, output } = await serve({ PROCESSING_TIME: 'long' }).ended;
    expect(code).toBe(1);
    expect(output).toMatch(
      /\n\nmicroservice:\d+ ended with exit code 1 before it was ready\. It said:\n {2}microservice: The configuration is not valid:\n {4}PROCESSING_TIME=long: .+\n\nStopped\.\n$/,
    );
    expect(output.match(/It said:/g)).toHaveLength(1);
    expect(output).not.toContain('restarted');
    expect(readdirSync(join(folder, 'run'))).toEqual([]);
  });

  it('with a topology that is not valid', async () => {
    writeFileSync(join(folder, 'topology.json'), '{ "apps": { "microservice": [{ "port": 0 }] } }');
    const { code, output } = await serve().ended;
    expect([code, output]).toEqual([
      1,
      expect.stringContaining('apps.microservice.0.port = 0: must be a port'),
    ]);
  });
});

describe('what a killed launcher left behind', () => {
  const orphan = async () => {
    const launcher = await serveUntilReady();
    const pids = recorded().replicas.map(({ pid }) => pid);
    launcher.child.kill('SIGKILL');
    await launcher.ended;
    await expect(instanceOn(ports[0])).resolves.toMatch(/^[0-9a-f]{8}$/);
    return pids;
  };

  it('is ended by stop, which names it', async () => {
    const pids = await orphan();
    const { code, output } = await run('stop.ts').ended;
    const lines = ports.map((port, at) => `  microservice:${port} (process ${pids[at]})\n`);
    expect([code, output]).toEqual([0, `Stopped:\n${lines.join('')}`]);
    await expectNothingListens();
    expect((await run('stop.ts').ended).output).toBe('Nothing to stop.\n');
  });

  it('is nothing where the record was cut short', async () => {
    mkdirSync(join(folder, 'run'));
    writeFileSync(join(folder, 'run', '4194304.json'), '{"launcher":');
    expect(await run('stop.ts').ended).toEqual({ code: 0, output: 'Nothing to stop.\n' });
    expect(readdirSync(join(folder, 'run'))).toEqual([]);
  });

  it('is ended and replaced by the next start', async () => {
    await orphan();
    const launcher = await serveUntilReady();
    expect(launcher.output()).toContain(`Ended what an earlier start left behind: microservice:${ports[0]}`);
    expect(recorded().launcher).toBe(launcher.child.pid);
  });
});

describe('stop', () => {
  it('ends a launcher with its processes, and leaves those of another stack alone', async () => {
    const launcher = await serveUntilReady();
    const elsewhere = await run('stop.ts', [], { BALANZA_RUN_DIR: join(folder, 'other') }).ended;
    expect(elsewhere).toEqual({ code: 0, output: 'Nothing to stop.\n' });
    await expect(instanceOn(ports[0])).resolves.toBeDefined();

    const { code, output } = await run('stop.ts').ended;
    expect([code, output]).toEqual([0, expect.stringContaining(`launcher (process ${launcher.child.pid})`)]);
    const { code: launcherCode, output: said } = await launcher.ended;
    expect([launcherCode, said]).toEqual([
      0,
      expect.stringMatching(/\nnpm run stop: stopping everything\n[^]*\nStopped\.\n$/),
    ]);
    expect(readdirSync(join(folder, 'run'))).toEqual([]);
    await expectNothingListens();
  });
});
