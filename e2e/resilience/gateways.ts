import { mintToken, DEVELOPMENT_SECRET } from '@balanza/auth';
import { STRATEGY_NAMES } from '@balanza/balancing';
import { eventually } from '@balanza/testing';
import { portsOf, urlOf, type AppName } from '@balanza/topology';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { pidOf, startOwnStack, type OwnStack } from '../src/own-stack.ts';
import { SteadyLoad, type LoadReport } from './steady-load.ts';

/** Something that happens to a system while it serves. */
export interface Incident {
  readonly what: string;
  readonly happen: (stack: OwnStack) => Promise<void>;
  /** What is asked for meanwhile; `GET /data` unless it says otherwise. */
  readonly load?: IncidentLoad;
}

/** A load that costs more than `GET /data`. */
export interface IncidentLoad {
  readonly path: string;
  readonly json: object;
  /** Of the rate at which others are asked for. */
  readonly rateShare: number;
  /** Of the requests that are counted for others at least. */
  readonly share: number;
}

export interface GatewayOptions {
  /** Requests per second. */
  readonly rate: number;
  /** Requests that are counted at least, for each incident. */
  readonly requests: number;
}

/** A process that ended is back within this time, in ms; told by SIGTERM, it serves on for `DRAIN_TIME` before. */
const BACK_WITHIN = 20_000;
/** Between one thing that happens and the next, in ms. */
const PAUSE = 3_000;
/** How long a stopped process stays so, in ms. */
const STOPPED = 8_000;

/** Restarts of both workers. */
const WORKER_RESTARTS = 10;

/** Requests that must not be repeated: each that is lost on its way fails. */
const TASKS: IncidentLoad = { path: '/longtask', json: { report: 'november' }, rateShare: 0.05, share: 0.2 };

const gateways = ({ topology }: OwnStack) => portsOf(topology, 'api-gateway');

/** What may happen to the processes of the gateways, or to the balancer's settings. */
export const GATEWAY_INCIDENTS: readonly Incident[] = [
  { what: 'nothing', happen: () => Promise.resolve() },
  {
    what: '`kill -9` of each gateway in turn',
    happen: (stack) => restartEach(stack, 'api-gateway', 'SIGKILL'),
  },
  { what: 'SIGSTOP of each gateway in turn, for 8 s', happen: stopEach },
  {
    what: 'rolling restart of all three gateways',
    happen: (stack) => restartEach(stack, 'api-gateway', 'SIGTERM'),
  },
  {
    what: `POST /longtask, ${WORKER_RESTARTS} rolling restarts of both workers`,
    happen: restartWorkers,
    load: TASKS,
  },
  { what: 'a new weight for each gateway, three times', happen: reweight },
  { what: 'a drain of each gateway in turn, and back', happen: drainEach },
  { what: 'every strategy, one after another', happen: changeStrategy },
  { what: 'a changed file: one gateway less, and back', happen: reload },
];

/** Loads the main balancer of a whole system while `incidents` happen, one after another. */
export async function runIncidents(
  incidents: readonly Incident[],
  { rate, requests }: GatewayOptions,
  onReport: (incident: Incident, report: LoadReport) => void,
): Promise<void> {
  const stack = await startOwnStack({ DATA_TTL: '3600', TASK_DURATION: '0', ACCESS_LOG: 'false' });
  try {
    const { topology } = stack;
    const token = await mintToken({ secret: DEVELOPMENT_SECRET, subject: 'resilience', expiresIn: '1h' });
    const [port = 0] = portsOf(topology, 'load-balancer');
    const target = {
      origin: urlOf(topology.host, port),
      path: '/data',
      headers: { authorization: `Bearer ${token}` },
    };
    // Code that has yet to be compiled would be measured otherwise.
    await during(new SteadyLoad({ ...target, rate: rate / 4 }), () => setTimeout(PAUSE));
    for (const incident of incidents) {
      const { share = 1, rateShare = 1, ...request } = incident.load ?? {};
      const load = new SteadyLoad({ ...target, ...request, rate: rate * rateShare });
      const report = await during(load, async () => {
        await setTimeout(PAUSE);
        await incident.happen(stack);
        await setTimeout(PAUSE);
        await load.untilSent(requests * share);
      });
      onReport(incident, report);
    }
  } finally {
    await stack.stop();
  }
}

async function during(load: SteadyLoad, happen: () => Promise<void>): Promise<LoadReport> {
  try {
    await happen();
  } catch (error) {
    await load.stop();
    throw error;
  }
  return load.stop();
}

async function restartWorkers(stack: OwnStack): Promise<void> {
  for (let count = 0; count < WORKER_RESTARTS; count++) await restartEach(stack, 'worker', 'SIGTERM');
}

async function restartEach(stack: OwnStack, app: AppName, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  for (const port of portsOf(stack.topology, app)) {
    const before = await instanceAt(stack, port);
    process.kill(pidOf(stack.runDirectory, app, port), signal);
    await eventually(async () => {
      const now = await instanceAt(stack, port);
      if (now === undefined || now === before) throw new Error(`the ${app} at ${port} is not back`);
    }, BACK_WITHIN);
    await setTimeout(PAUSE);
  }
}

async function stopEach(stack: OwnStack): Promise<void> {
  for (const port of gateways(stack)) {
    const pid = pidOf(stack.runDirectory, 'api-gateway', port);
    process.kill(pid, 'SIGSTOP');
    try {
      await setTimeout(STOPPED);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await setTimeout(PAUSE);
  }
}

async function reweight(stack: OwnStack): Promise<void> {
  const change = await controlOf(stack);
  for (const weight of [5, 2, 1]) {
    for (const url of gatewayUrls(stack)) await change({ backends: { update: [{ url, weight }] } });
    await setTimeout(PAUSE);
  }
}

async function drainEach(stack: OwnStack): Promise<void> {
  const change = await controlOf(stack);
  for (const url of gatewayUrls(stack)) {
    for (const mode of ['drain', 'ready']) {
      await change({ backends: { update: [{ url, mode }] } });
      await setTimeout(PAUSE);
    }
  }
}

async function changeStrategy(stack: OwnStack): Promise<void> {
  const change = await controlOf(stack);
  for (const name of STRATEGY_NAMES) {
    await change({ strategy: { name } });
    await setTimeout(PAUSE / 2);
  }
  await change({ strategy: { name: 'round-robin' } });
}

/** The balancer watches the file that it was started with. */
async function reload(stack: OwnStack): Promise<void> {
  const before = readFileSync(stack.configFile, 'utf8');
  const [, ...others] = gatewayUrls(stack);
  const file = JSON.parse(before) as { balancers: Record<string, object> };
  file.balancers['load-balancer'] = {
    ...file.balancers['load-balancer'],
    backends: others.map((url) => ({ url })),
  };
  for (const content of [JSON.stringify(file), '{ broken', before]) {
    writeFileSync(stack.configFile, content);
    await setTimeout(PAUSE);
  }
}

/** Changes the main balancer through its control API. */
async function controlOf({ topology }: OwnStack): Promise<(change: object) => Promise<void>> {
  const [port = 0] = portsOf(topology, 'load-balancer');
  const token = await mintToken({
    secret: DEVELOPMENT_SECRET,
    subject: 'resilience',
    expiresIn: '1h',
    claims: { scope: 'balancer:admin' },
  });
  return async (change) => {
    const response = await fetch(`${urlOf(topology.host, port)}/-/api`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(change),
    });
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  };
}

const gatewayUrls = (stack: OwnStack) => gateways(stack).map((port) => urlOf(stack.topology.host, port));

/** Who answers there; undefined when nobody is ready. */
async function instanceAt({ topology }: OwnStack, port: number): Promise<string | undefined> {
  const response = await fetch(`${urlOf(topology.host, port)}/health/ready`).catch(() => undefined);
  if (response?.ok !== true) return undefined;
  return ((await response.json()) as { instance: string }).instance;
}
