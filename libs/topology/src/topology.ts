import type { SettingValues } from '@balanza/balancing';
import { BALANCED_APP, isBalancer, type AppName, type BalancerName, type ServiceName } from './apps.js';
import { resolveResilience, type Resilience, type RetryDefaults } from './resilience.js';
import type { BackendConfig, BalancerFile, BalancerMode, TopologyFile } from './schema.js';
import { strategyOf, type StrategyChoice } from './strategy.js';

/** One process of an app: the port it listens on, and what the topology says of it beyond that. */
export interface Replica {
  readonly port: number;
  /** Share of requests relative to its siblings. */
  readonly weight?: number | undefined;
  /** Seconds of work per request (microservices only). */
  readonly processingTime?: number | undefined;
}

/** One balancer: where it listens, whom it serves, and how. */
export interface BalancerTopology extends Resilience {
  readonly port: number;
  readonly strategy: StrategyChoice;
  /** Settings that strategies have here where nothing else is said, by name; whatever strategy is chosen. */
  readonly strategyDefaults: SettingValues;
  readonly mode: BalancerMode;
  /** Data planes side by side, each in a thread of its own where there are several. */
  readonly threads: number;
  readonly backends: readonly BackendConfig[];
}

/** Who runs where. */
export interface Topology {
  /** The address that every process binds and is reached at. */
  readonly host: string;
  readonly services: Readonly<Record<ServiceName, readonly Replica[]>>;
  readonly balancers: Readonly<Record<BalancerName, BalancerTopology>>;
  /** Where `lb-workers` listens for the workers' load reports (TCP). */
  readonly eventsPort: number;
  readonly postgres: { readonly port: number; readonly dataDirectory: string };
}

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_SERVICES: Topology['services'] = {
  'api-gateway': [{ port: 5000 }, { port: 5003 }, { port: 5006 }],
  microservice: [
    { port: 5001, weight: 3, processingTime: 0.2 },
    { port: 5007, weight: 2, processingTime: 0.5 },
    { port: 5008, weight: 1, processingTime: 1 },
  ],
  worker: [{ port: 5005 }, { port: 5009 }],
  cache: [{ port: 5004 }],
  database: [{ port: 5002 }],
};

/** A task is 1 MiB at most; in chunks it is a little more. */
const TASK_BYTES = 1_114_112;

interface BalancerDefaults {
  readonly port: number;
  readonly strategy: StrategyChoice;
  /** As {@link BalancerTopology.strategyDefaults}, in front of the lab's own apps. */
  readonly strategyDefaults?: SettingValues;
  readonly retry: RetryDefaults;
}

/**
 * The main balancer waits longer for one try: a gateway's answer may need a second try of the balancer behind it, and
 * should not be asked for a second time meanwhile. A worker says of each task that it refuses that it has not stored it.
 */
const DEFAULT_BALANCERS: Readonly<Record<BalancerName, BalancerDefaults>> = {
  'load-balancer': { port: 8000, strategy: strategyOf('round-robin'), retry: { perTryTimeout: 4 } },
  'lb-microservices': {
    port: 8001,
    strategy: strategyOf('weighted-round-robin'),
    retry: { perTryTimeout: 2 },
  },
  'lb-workers': {
    port: 8002,
    strategy: strategyOf('least-connections'),
    // In the lab ties go to the first listed.
    strategyDefaults: { ties: 'first' },
    retry: { perTryTimeout: 2, replayBytes: TASK_BYTES, refusals: true },
  },
};

const DEFAULT_EVENTS_PORT = 8012;
const DEFAULT_POSTGRES = { port: 5010, dataDirectory: '.balanza/postgres' };

/** The built-in topology with what `file` names put in its place; `host` goes before the one of the file. */
export function resolveTopology(file: TopologyFile = {}, host = file.host ?? DEFAULT_HOST): Topology {
  const services: Topology['services'] = { ...DEFAULT_SERVICES, ...withoutUndefined(file.apps ?? {}) };
  const balancer = (name: BalancerName): BalancerTopology => {
    const given: Partial<BalancerFile> = file.balancers?.[name] ?? {};
    const { retry, ...defaults } = DEFAULT_BALANCERS[name];
    const ownApps = given.backends === undefined;
    return {
      port: given.port ?? defaults.port,
      strategy: given.strategy ?? defaults.strategy,
      strategyDefaults: ownApps ? (defaults.strategyDefaults ?? {}) : {},
      mode: given.mode ?? 'proxy',
      threads: given.threads ?? 1,
      backends: given.backends ?? services[BALANCED_APP[name]].map((replica) => toBackend(host, replica)),
      ...resolveResilience(file.balancers?.[name], { ownApps, retry }),
    };
  };
  return {
    host,
    services,
    balancers: {
      'load-balancer': balancer('load-balancer'),
      'lb-microservices': balancer('lb-microservices'),
      'lb-workers': balancer('lb-workers'),
    },
    eventsPort: file.balancers?.['lb-workers']?.eventsPort ?? DEFAULT_EVENTS_PORT,
    postgres: { ...DEFAULT_POSTGRES, ...withoutUndefined(file.postgres ?? {}) },
  };
}

/** The ports on which processes of `app` listen, in the order of the topology. */
export function portsOf(topology: Topology, app: AppName): readonly number[] {
  return isBalancer(app)
    ? [topology.balancers[app].port]
    : topology.services[app].map((replica) => replica.port);
}

/** The URL of one process. */
export function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

function toBackend(host: string, { port, weight }: Replica): BackendConfig {
  return { url: urlOf(host, port), weight: weight ?? 1 };
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Defined<T>;
}
