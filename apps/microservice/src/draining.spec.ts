import { eventually, freePorts, isolatedEnvironment, processOutput, rawExchange } from '@balanza/testing';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

// The process runs what was built; the build is a dependency of these tests.
const ROOT = join(import.meta.dirname, '..', '..', '..');
const MAIN = join(ROOT, 'apps', 'microservice', 'dist', 'main.js');

const started: (() => void)[] = [];
afterEach(() => {
  for (const kill of started.splice(0)) kill();
});

/** A microservice in a process of its own that is ready. */
async function startProcess(drainTime: string) {
  const [port = 0] = await freePorts(1);
  const environment = { PORT: String(port), PROCESSING_TIME: '0', DRAIN_TIME: drainTime };
  const child = spawn(process.execPath, [MAIN], {
    env: isolatedEnvironment(ROOT, environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(() => child.kill('SIGKILL'));
  const { ended } = processOutput(child);
  await eventually(async () => expect((await get(port, '/health/ready')).status).toBe(200), 30_000);
  return { port, child, ended };
}

/** On a connection of its own. */
async function get(port: number, path: string) {
  const sent = httpGet({ host: '127.0.0.1', port, path, agent: false });
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  return { status: response.statusCode, headers: response.headers };
}

describe('a process that gets SIGTERM', () => {
  it('serves on until its balancers know, and ends each connection with its next response', async () => {
    const { port, child } = await startProcess('600');
    const idle = connect(port, '127.0.0.1');
    await once(idle, 'connect');
    const kept = connect(port, '127.0.0.1');
    const ask = () => kept.write('GET /process HTTP/1.1\r\nHost: localhost\r\n\r\n');
    let received = '';
    kept.on('data', (chunk: Buffer) => (received += chunk.toString()));
    ask();
    await eventually(() =>
      expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\nconnection: keep-alive\r\n/i),
    );

    child.kill('SIGTERM');
    await eventually(async () =>
      expect(await get(port, '/health/ready')).toMatchObject({
        status: 503,
        headers: { connection: 'close', 'retry-after': '1', 'x-balanza-draining': 'true' },
      }),
    );
    received = '';
    ask();
    await once(kept, 'close');
    expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\nconnection: close\r\n/i);
    expect(await rawExchange(port, 'GET /process HTTP/1.1\r\nHost: localhost\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 200 OK\r\n[^]*\r\nconnection: close\r\n/i,
    );
    expect(idle.readyState).toBe('open');
    idle.destroy();
  });

  it('ends well after DRAIN_TIME', async () => {
    const { child, ended } = await startProcess('0.1');
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  });
});

it('a process that serves on after SIGTERM ends at once when SIGINT comes, too', async () => {
  const { port, child, ended } = await startProcess('600');
  child.kill('SIGTERM');
  await eventually(async () => expect((await get(port, '/health/ready')).status).toBe(503));
  child.kill('SIGTERM');
  expect((await get(port, '/health/live')).status).toBe(200);
  child.kill('SIGINT');
  expect((await ended).code).toBe(0);
});

it('a process that gets SIGINT ends at once, as all others do', async () => {
  const { child, ended } = await startProcess('600');
  child.kill('SIGINT');
  expect((await ended).code).toBe(0);
});
