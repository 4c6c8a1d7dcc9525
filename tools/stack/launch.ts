import { findPostmaster } from '../../libs/postgres/src/postmaster.ts';
import { loadTopology, TopologyError, type AppName, type Topology } from '@balanza/topology';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { portConflicts } from '../setup/ports.mjs';
import { whatRunsAlready } from '../setup/run-record.mjs';
import { readEnvironment, type Environment } from './environment.ts';
import { LauncherConfigError, parseStallTimeout } from './launcher-config.ts';
import { heedOrders } from './orders.ts';
import { endLeftovers } from './leftovers.ts';
import { neededPorts } from './ports.ts';
import { whenReady } from './readiness.ts';
import { entryOf, replicasOf, type Replica } from './replicas.ts';
import { Stack } from './stack.ts';
import { watchForStop } from './stop-request.ts';
import { ROOT } from './workspace.ts';

/** How long the whole stack may take to become ready, in ms. */
const READY_TIMEOUT_MS = 90_000;
/** A process that is ended from outside this often before everything was ready will not get there. */
const MAX_EARLY_DEATHS = 3;

/** The stack cannot run; the message says what to do about it. */
class LaunchError extends Error {}

const EXPECTED = [LaunchError, LauncherConfigError, TopologyError];

/** What a launcher does when everything is ready. */
export type OnReady = (
  topology: Topology,
  replicas: readonly Replica[],
  environment: Environment,
) => Promise<string>;

/**
 * Runs all replicas of `apps` until a signal ends them, and prints what `onReady` returns once all are ready.
 * The exit code is 0 when all ended by themselves within their time, 1 when something could not start, or had to be
 * killed.
 */
export async function launch(apps: readonly AppName[], onReady: OnReady): Promise<void> {
  try {
    process.exitCode = await run(apps, onReady, readEnvironment());
  } catch (error) {
    if (!EXPECTED.some((type) => error instanceof type)) throw error;
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}

async function run(apps: readonly AppName[], onReady: OnReady, environment: Environment): Promise<number> {
  const { topologyFile, host, ownDatabase, accessLog, stallTimeout, runDirectory } = environment;
  const stallTimeoutMs = parseStallTimeout(stallTimeout);
  const topology = loadTopology(topologyFile, { host });
  const replicas = replicasOf(topology, apps);
  const dataDirectory =
    !ownDatabase && apps.includes('database') ? resolve(ROOT, topology.postgres.dataDirectory) : undefined;
  assertBuilt(apps);
  const running = await whatRunsAlready(
    runDirectory,
    replicas.map(({ port }) => port),
  );
  if (running !== undefined) throw new LaunchError(`${running}\nNothing was started.`);
  const leftovers = await endLeftovers(runDirectory);
  if (leftovers.length > 0) print(`Ended what an earlier start left behind: ${leftovers.join(', ')}`);
  const own = dataDirectory === undefined ? undefined : await findPostmaster(dataDirectory);
  // A PostgreSQL of this stack that outlived it has its port by right: the database service adopts it.
  const needed = neededPorts(topology, replicas, !ownDatabase);
  const conflicts = await portConflicts(needed, ROOT, (port) => port === own?.port);
  if (conflicts.length > 0) throw new LaunchError([...conflicts, 'Nothing was started.'].join('\n'));

  const end = Promise.withResolvers<NodeJS.Signals | 'npm run stop' | Error>();
  const waiting = new AbortController();
  const ready = new Set<Replica>();
  const deaths = new Map<Replica, number>();
  const announce = async () => {
    await whenReady(replicas, {
      deadline: Date.now() + READY_TIMEOUT_MS,
      signal: waiting.signal,
      onReady: (replica) => ready.add(replica),
    });
    waiting.abort();
    print(await onReady(topology, replicas, environment));
  };
  const stack = new Stack({
    replicas,
    runDirectory,
    dataDirectory,
    environment: {
      ACCESS_LOG: accessLog,
      ...(topologyFile === undefined ? {} : { BALANZA_CONFIG: resolve(topologyFile) }),
    },
    stallTimeoutMs,
    onStall({ name, pid }) {
      print(
        `The event loop of ${name} (process ${pid}) has not turned for ${stallTimeoutMs / 1000} s: it is killed, and started again`,
      );
    },
    onDeath({ replica, exitCode, lastOutput }) {
      if (waiting.signal.aborted) return;
      const count = (deaths.get(replica) ?? 0) + 1;
      deaths.set(replica, count);
      // One that gave up by itself has said why, and would give up again.
      const gaveUp = !ready.has(replica) && exitCode !== null && exitCode !== 0;
      if (!gaveUp && count < MAX_EARLY_DEATHS) return;
      const how = gaveUp ? `with exit code ${exitCode}` : `${count} times`;
      const output = lastOutput.toString().replaceAll(/^/gm, '  ');
      end.resolve(new LaunchError(`${replica.name} ended ${how} before it was ready. It said:\n${output}`));
    },
  });
  // Ctrl-C comes from the terminal and from npm: the first counts, the others are the same wish.
  // SIGBREAK is Ctrl-Break, on Windows alone; SIGHUP is there the end of the console.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const)
    process.on(signal, () => end.resolve(signal));
  watchForStop(runDirectory, () => end.resolve('npm run stop'));
  // Whoever read the output has gone (`npm start | head`).
  process.stdout.on('error', () => end.resolve('SIGHUP'));

  print(`Starting ${replicas.length === 1 ? '1 process' : `${replicas.length} processes`}`);
  stack.start();
  heedOrders(stack);
  announce().catch(end.resolve);
  const reason = await end.promise;
  waiting.abort();
  const failed = reason instanceof Error;
  print(`\n${failed ? 'Cannot go on' : reason}: stopping everything`);
  const killed = await stack.stop();
  if (killed.length > 0) print(`Did not end in time and were killed: ${killed.join(', ')}`);
  // After what the others say while they end, so that it is the last thing read.
  if (failed) print(`\n${reason.message}\n`);
  print('Stopped.');
  return failed || killed.length > 0 ? 1 : 0;
}

function assertBuilt(apps: readonly AppName[]): void {
  const missing = apps.filter((app) => !existsSync(entryOf(app)));
  if (missing.length > 0) throw new LaunchError(`Not built: ${missing.join(', ')}. Run: npm run build`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
