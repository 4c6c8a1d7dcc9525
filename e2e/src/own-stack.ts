import { freePorts, isolatedEnvironment, temporaryFolder } from '@balanza/testing';
import { loadTopology, type AppName, type Topology } from '@balanza/topology';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { requestStop } from '../../tools/stack/stop-request.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const READY_TIMEOUT_MS = 100_000;

/** A whole system on free ports, with data of its own: it disturbs no other. */
export interface OwnStack {
  readonly topology: Topology;
  /** The topology file that its processes were started with. */
  readonly configFile: string;
  /** Where its launcher keeps records. */
  readonly runDirectory: string;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/**
 * Starts a system and waits until it is ready.
 *
 * @param environment variables for its processes, beside those that they need to be apart from other systems
 * @throws Error with what the launcher said, when it does not become ready
 */
export async function startOwnStack(environment: Readonly<Record<string, string>>): Promise<OwnStack> {
  const folder = temporaryFolder();
  const file = await topologyOnFreePorts(join(folder.path, 'postgres'));
  const configFile = folder.write('balanza.json', JSON.stringify(file));

  const runDirectory = join(folder.path, 'run');
  const launcher = spawn(process.execPath, [join(ROOT, 'tools', 'start.ts')], {
    cwd: ROOT,
    env: isolatedEnvironment(ROOT, {
      BALANZA_CONFIG: configFile,
      BALANZA_RUN_DIR: runDirectory,
      ...environment,
    }),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await whenReady(launcher);
  return {
    topology: loadTopology(configFile),
    configFile,
    runDirectory,
    async stop() {
      if (launcher.exitCode === null && launcher.pid !== undefined) requestStop(runDirectory, launcher.pid);
      if (launcher.exitCode === null) await once(launcher, 'exit');
      folder[Symbol.dispose]();
    },
  };
}

/**
 * The process that serves a port now, from the launcher's record.
 *
 * @throws Error when there is none
 */
export function pidOf(runDirectory: string, app: AppName, port: number): number {
  const name = `${app}:${port}`;
  const records = readdirSync(runDirectory)
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(join(runDirectory, file), 'utf8')) as RunRecord);
  const pid = records.flatMap(({ replicas }) => replicas).find((replica) => replica.name === name)?.pid;
  if (pid === undefined) throw new Error(`the launcher has no record of ${name}`);
  return pid;
}

interface RunRecord {
  readonly replicas: readonly { readonly name: string; readonly pid: number }[];
}

/** The content of a topology file. */
async function topologyOnFreePorts(dataDirectory: string): Promise<object> {
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
