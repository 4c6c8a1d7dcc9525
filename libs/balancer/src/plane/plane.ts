import type { Strategy } from '@balanza/balancing';
import { parseLoadHeader } from '@balanza/contracts';
import {
  BackendPool,
  DataPlane,
  DEFAULT_CAPACITY,
  FIELD,
  Ledger,
  ProxiedBackend,
  simplePlan,
  type BalancingPlan,
  type DataPlaneOptions,
  type LedgerShape,
  type SpinLock,
} from '@balanza/proxy';
import { urlOf, type BalancerTopology } from '@balanza/topology';
import { timeoutsOf, type BalancerConfig } from '../balancer.config.js';
import { loadCells, LoadTracker } from './load-tracker.js';
import { trustIn } from './trusted-proxies.js';

/** What makes one balancer; plain data, so that it can be sent to a thread. */
export interface PlaneSetup {
  readonly topology: BalancerTopology;
  readonly config: BalancerConfig;
  /** Whether backends report tasks that they have in hand. */
  readonly tracksLoad: boolean;
}

/** Whether the balancer answers this target itself; everything else belongs to its backends. */
export function isOwnTarget(target: string): boolean {
  const [path = ''] = target.split('?', 1);
  return path === '/status' || path.startsWith('/-/');
}

/** The memory that the threads of this balancer share. */
export function ledgerShape({ topology: { backends, threads } }: PlaneSetup): LedgerShape {
  return { capacity: Math.max(DEFAULT_CAPACITY, backends.length), threads };
}

/** What the balancer does until it is told otherwise. */
function firstPlan({ topology, config }: PlaneSetup): BalancingPlan {
  const { backends, strategy } = topology;
  const limits = { maxInFlight: config.MAX_IN_FLIGHT };
  return { ...simplePlan({ backends, policy: { limits } }), strategy };
}

/** What one thread knows of the balancer: its backends, the strategy that orders them, and their load. */
export class PlaneView {
  readonly #pool: BackendPool;
  readonly #setup: PlaneSetup;
  readonly #lock: SpinLock | undefined;
  readonly #load: LoadTracker;

  /** @param thread the number of the thread that looks */
  constructor(setup: PlaneSetup, ledger: Ledger, thread: number) {
    this.#setup = setup;
    this.#pool = new BackendPool(firstPlan(setup), { ledger, thread });
    if (setup.tracksLoad) ledger.loadCells.assign(this.#pool.backends, loadCells);
    this.#load = new LoadTracker(this.backends, ledger.loadCells);
    this.#lock = ledger.shape.threads > 1 ? ledger.lock(thread) : undefined;
  }

  get backends(): readonly ProxiedBackend[] {
    return this.#pool.backends;
  }

  get strategy(): Strategy<ProxiedBackend> {
    return this.#pool.strategy;
  }

  /** Takes a load report into account. */
  acceptLoad(report: Parameters<LoadTracker['accept']>[0]): void {
    const accept = () => this.#load.accept(report);
    if (this.#lock === undefined) accept();
    else this.#lock.hold(accept);
  }

  /** @param ownPort the port of the loopback address where the balancer's own routes are answered */
  createPlane(ownPort: number, hooks: Pick<DataPlaneOptions, 'onEnd' | 'onRefused'>): DataPlane {
    const { config, topology, tracksLoad } = this.#setup;
    return new DataPlane({
      ...hooks,
      pool: this.#pool,
      mode: topology.mode,
      own: {
        backend: new ProxiedBackend({ url: urlOf('127.0.0.1', ownPort), weight: 1 }),
        isOwn: isOwnTarget,
      },
      maxConnections: config.MAX_CONNECTIONS,
      timeouts: timeoutsOf(config),
      isTrusted: trustIn(config.TRUSTED_PROXIES),
      ...(tracksLoad ? { onAnswer: this.#readLoad } : {}),
    });
  }

  /** A worker's answer says how many tasks it has in hand, the one just accepted included. */
  readonly #readLoad: NonNullable<DataPlaneOptions['onAnswer']> = ({ url }, head) => {
    const load = head.valueOf(FIELD['endpoint-load-metrics']);
    const report = load === undefined ? undefined : parseLoadHeader(load);
    if (report !== undefined) this.acceptLoad({ url, ...report });
  };
}
