import { DEVELOPMENT_SECRET } from '@balanza/auth';
import { freePorts, isolatedEnvironment } from '@balanza/testing';
import { loadTopology, resolveTopology, type TopologyFile } from '@balanza/topology';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import './system-context.js';

const ROOT = join(import.meta.dirname, '..', '..');
/** Seconds; short, so that the tests need not wait for the 30 s of the lab. */
const DATA_TTL = 3;
const READY_TIMEOUT_MS = 100_000;

/** Uses the system that `E2E_BASE_URL` names, or starts one of its own, on free ports, with its own data. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const baseUrl = process.env['E2E_BASE_URL'];
  if (baseUrl !== undefined && baseUrl !== '') {
    project.provide('jwtSecret', process.env['JWT_SECRET'] || DEVELOPMENT_SECRET);
    project.provide('topology', topologyAt(new URL(baseUrl)));
    project.provide('dataTtl', 30);
    project.provide('runDirectory', null);
    return () => Promise.resolve();
  }
  const folder = mkdtempSync(join(tmpdir(), 'balanza-e2e-'));
  const config = join(folder, 'balanza.json');
  const file = await topologyOnFreePorts(join(folder, 'postgres'));
  writeFileSync(config, JSON.stringify(file));
  project.provide('jwtSecret', DEVELOPMENT_SECRET);
  project.provide('topology', resolveTopology(file));
  project.provide('dataTtl', DATA_TTL);
  project.provide('runDirectory', join(folder, 'run'));
  const launcher = spawn(process.execPath, [join(ROOT, 'tools', 'start.ts')], {
    cwd: ROOT,
    env: isolatedEnvironment(ROOT, {
      BALANZA_CONFIG: config,
      BALANZA_RUN_DIR: join(folder, 'run'),
      DATA_TTL: String(DATA_TTL),
      TASK_CONCURRENCY: '50',
      ACCESS_LOG: 'false',
    }),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await whenReady(launcher);
  return async () => {
    launcher.kill('SIGINT');
    if (launcher.exitCode === null) await once(launcher, 'exit');
    rmSync(folder, { recursive: true, force: true });
  };
}

/** The built-in topology, or the one of `BALANZA_CONFIG`, on the machine that the URL names. */
function topologyAt({ hostname, port }: URL) {
  const topology = loadTopology(process.env['BALANZA_CONFIG']);
  const main = { ...topology.balancers['load-balancer'], port: Number(port || 80) };
  return { ...topology, host: hostname, balancers: { ...topology.balancers, 'load-balancer': main } };
}

async function topologyOnFreePorts(dataDirectory: string): Promise<TopologyFile> {
  const ports = await freePorts(15);
  const port = () => ports.pop() ?? 0;
  return {
    apps: {
      'api-gateway': [{ port: port() }, { port: port() }, { port: port() }],
      microservice: [
        { port: port(), weight: 3, processingTime: 0.2 },
        { port: port(), weight: 2, processingTime: 0.5 },
        { port: port(), weight: 1, processingTime: 1 },
      ],
      worker: [{ port: port() }, { port: port() }],
      cache: [{ port: port() }],
      database: [{ port: port() }],
    },
    postgres: { port: port(), dataDirectory },
    balancers: {
      'load-balancer': { port: port() },
      'lb-microservices': { port: port() },
      'lb-workers': { port: port(), eventsPort: port() },
    },
  };
}

/** The launcher prints its banner when, and not before, everything is ready. */
async function whenReady(launcher: ChildProcess): Promise<void> {
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${why}. It said:\n${output}`));
    const timer = setTimeout(
      () => fail(`The system was not ready within ${READY_TIMEOUT_MS} ms`),
      READY_TIMEOUT_MS,
    );
    launcher.once('exit', (code) => fail(`The launcher ended with ${code}`));
    launcher.stdout?.on('data', (chunk: Buffer) => {
      if (process.env['E2E_LOG'] !== undefined) process.stdout.write(chunk);
      if (output.length < 1_000_000) output += chunk.toString();
      if (!output.includes('Balanza is ready')) return;
      clearTimeout(timer);
      resolve();
    });
  });
}
