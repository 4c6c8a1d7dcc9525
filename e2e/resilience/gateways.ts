import { mintToken, DEVELOPMENT_SECRET } from '@balanza/auth';
import { eventually } from '@balanza/testing';
import { portsOf, urlOf } from '@balanza/topology';
import { setTimeout } from 'node:timers/promises';
import { pidOf, startOwnStack, type OwnStack } from '../src/own-stack.ts';
import { SteadyLoad, type LoadReport } from './steady-load.ts';

/** Something that happens to a system while it serves. */
export interface Incident {
  readonly what: string;
  readonly happen: (stack: OwnStack) => Promise<void>;
}

export interface GatewayOptions {
  /** Requests per second. */
  readonly rate: number;
  /** Requests that are counted at least, for each incident. */
  readonly requests: number;
}

/** A process that ended is back within this time, in ms. */
const BACK_WITHIN = 10_000;
/** Between one thing that happens and the next, in ms. */
const PAUSE = 3_000;
/** How long a stopped process stays so, in ms. */
const STOPPED = 8_000;

const gateways = ({ topology }: OwnStack) => portsOf(topology, 'api-gateway');

/** What may happen to the processes of the gateways, or to the balancer's settings. */
export const GATEWAY_INCIDENTS: readonly Incident[] = [
  { what: 'nothing', happen: () => Promise.resolve() },
  { what: '`kill -9` of each gateway in turn', happen: (stack) => restartEach(stack, 'SIGKILL') },
  { what: 'SIGSTOP of each gateway in turn, for 8 s', happen: stopEach },
  { what: 'rolling restart of all three gateways', happen: (stack) => restartEach(stack, 'SIGTERM') },
];

/** Loads the main balancer of a whole system while `incidents` happen, one after another. */
export async function runIncidents(
  incidents: readonly Incident[],
  { rate, requests }: GatewayOptions,
  onReport: (incident: Incident, report: LoadReport) => void,
): Promise<void> {
  const stack = await startOwnStack({ DATA_TTL: '3600', ACCESS_LOG: 'false' });
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
      const load = new SteadyLoad({ ...target, rate });
      const report = await during(load, async () => {
        await setTimeout(PAUSE);
        await incident.happen(stack);
        const left = requests - load.sent;
        await setTimeout(Math.max(PAUSE, (left * 1_000) / rate));
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

async function restartEach(stack: OwnStack, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  for (const port of gateways(stack)) {
    const before = await instanceAt(stack, port);
    process.kill(pidOf(stack.runDirectory, 'api-gateway', port), signal);
    await eventually(async () => {
      const now = await instanceAt(stack, port);
      if (now === undefined || now === before) throw new Error(`the gateway at ${port} is not back`);
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

/** Who answers there; undefined when nobody is ready. */
async function instanceAt({ topology }: OwnStack, port: number): Promise<string | undefined> {
  const response = await fetch(`${urlOf(topology.host, port)}/health/ready`).catch(() => undefined);
  if (response?.ok !== true) return undefined;
  return ((await response.json()) as { instance: string }).instance;
}
