import { DEVELOPMENT_SECRET, mintToken } from '@balanza/auth';
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
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { argumentsOf } from './replicas.ts';
import { ROOT } from './workspace.ts';

let folder: TemporaryFolder;
let proxy: Server;
/** What the proxy was asked for. */
let asked: string[];
let environment: NodeJS.ProcessEnv;
const started: ChildProcess[] = [];

beforeEach(async () => {
  folder = temporaryFolder();
  asked = [];
  proxy = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(502).end();
  }).listen(0, '127.0.0.1');
  proxy.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url}`);
    socket.destroy();
  });
  await once(proxy, 'listening');
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const { no_proxy: _lower, NO_PROXY: _upper, ...others } = isolatedEnvironment(ROOT);
  environment = { ...others, NODE_OPTIONS: '', NODE_USE_ENV_PROXY: '1', http_proxy: url, HTTP_PROXY: url };
});

afterEach(async () => {
  for (const child of started.splice(0)) {
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  proxy.close();
  folder[Symbol.dispose]();
});

function run(args: readonly string[], own: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...environment, LOG_FORMAT: 'json', ...own },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  return processOutput(child);
}

describe('with a proxy in the environment', () => {
  it('the launcher asks its processes directly', async () => {
    const [port = 0] = await freePorts(1);
    const topology = JSON.stringify({ apps: { microservice: [{ port, processingTime: 0 }] } });
    const launcher = run([join(ROOT, 'tools', 'serve.ts'), 'microservice'], {
      BALANZA_CONFIG: folder.write('topology.json', topology),
      BALANZA_RUN_DIR: join(folder.path, 'run'),
    });
    await eventually(() => expect(launcher.output()).toContain('microservice is ready'), 60_000);
    expect(asked).toEqual([]);
  });

  it('processes ask each other directly', async () => {
    const [gateway = 0, balancer = 0, microservice = 0, other = 0] = await freePorts(4);
    const topology = {
      apps: {
        'api-gateway': [{ port: gateway }],
        microservice: [{ port: microservice, processingTime: 0 }],
        cache: [{ port: other }],
      },
      balancers: { 'lb-microservices': { port: balancer } },
    };
    const BALANZA_CONFIG = folder.write('topology.json', JSON.stringify(topology));
    const ports: [AppName, number][] = [
      ['microservice', microservice],
      ['lb-microservices', balancer],
      ['api-gateway', gateway],
    ];
    for (const [app, port] of ports) run(argumentsOf(app), { BALANZA_CONFIG, PORT: String(port) });
    const token = await mintToken({ secret: DEVELOPMENT_SECRET });
    const response = await eventually(async () => {
      const answer = await fetch(`http://127.0.0.1:${gateway}/process`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(answer.status).toBe(200);
      return answer;
    }, 60_000);
    expect(await response.json()).toMatchObject({ message: 'Business logic executed' });
    await eventually(async () => {
      const status = await fetch(`http://127.0.0.1:${balancer}/status`);
      expect(await status.json()).toMatchObject({
        microservices: [{ url: `http://127.0.0.1:${microservice}`, last_check: { ok: true } }],
      });
    }, 60_000);
    expect(asked).toEqual([]);
  });
});
