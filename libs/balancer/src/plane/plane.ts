import type { Strategy } from '@balanza/balancing';
import { parseLoadHeader } from '@balanza/contracts';
import {
  BackendPool,
  DataPlane,
  FIELD,
  Ledger,
  placesFor,
  ProxiedBackend,
  type BalancingPlan,
  type DataPlaneOptions,
  type LedgerShape,
  type SpinLock,
} from '@balanza/proxy';
import { urlOf, type BalancerTopology } from '@balanza/topology';
import { bodyLimitsOf, messageLimitsOf, timeoutsOf, type BalancerConfig } from '../balancer.config.js';
import { SLOTS } from '../control/placement.js';
import { loadCells, LoadTracker } from './load-tracker.js';
import { trustIn } from './trusted-proxies.js';

/** What makes one balancer and stays as long as its process; plain data, so that it can be sent to a thread. */
export interface PlaneSetup {
  readonly topology: Pick<BalancerTopology, 'mode' | 'threads'>;
  readonly config: BalancerConfig;
  /** How the balancer calls itself to clients and backends, in all its threads. */
  readonly pseudonym: string;
  /** Whether backends report tasks that they have in hand. */
  readonly tracksLoad: boolean;
}

/** Whether the balancer answers this target itself; everything else belongs to its backends. */
export function isOwnTarget(target: string): boolean {
  return target.startsWith('/-/') || target === '/status' || target.startsWith('/status?');
}

/** The memory that the threads of this balancer share. */
export function ledgerShape({ topology: { threads } }: PlaneSetup): LedgerShape {
  return { capacity: SLOTS, threads };
}

/** What one thread knows of the balancer: its backends, the strategy that orders them, and their load. */
export class PlaneView {
  readonly #pool: BackendPool;
  readonly #setup: PlaneSetup;
  readonly #lock: SpinLock | undefined;
  #load: LoadTracker;
  #plane: DataPlane | undefined;

  /** @param thread the number of the thread that looks */
  constructor(setup: PlaneSetup, plan: BalancingPlan, ledger: Ledger, thread: number) {
    this.#setup = setup;
    this.#pool = new BackendPool(plan, { ledger, thread });
    this.#load = this.#trackLoad();
    this.#lock = ledger.shape.threads > 1 ? ledger.lock(thread) : undefined;
  }

  get backends(): readonly ProxiedBackend[] {
    return this.#pool.backends;
  }

  get strategy(): Strategy<ProxiedBackend> {
    return this.#pool.strategy;
  }

  /**
   * Follows another plan from the next request on.
   *
   * @throws RangeError for a plan that cannot be followed, and goes on as before
   */
  apply(plan: BalancingPlan): void {
    if ((this.#plane ?? this.#pool).apply(plan)) this.#load = this.#trackLoad();
  }

  /**
   * Takes a load report into account.
   *
   * @returns whether it is from the process that the backend is now, be it news or late
   */
  acceptLoad(report: Parameters<LoadTracker['accept']>[0]): boolean {
    let isCurrent = false;
    this.#locked(() => (isCurrent = this.#load.accept(report)));
    return isCurrent;
  }

  /** Nothing is known any more of what this backend has, until it reports again. */
  silenceLoad(url: string): void {
    this.#locked(() => this.#load.silence(url));
  }

  #locked(critical: () => void): void {
    if (this.#lock === undefined) critical();
    else this.#lock.hold(critical);
  }

  /** @param ownPort the port of the loopback address where the balancer's own routes are answered */
  createPlane(ownPort: number, hooks: Pick<DataPlaneOptions, 'onEnd' | 'onRefused'>): DataPlane {
    const { config, topology, pseudonym, tracksLoad } = this.#setup;
    this.#plane = new DataPlane({
      ...hooks,
      pool: this.#pool,
      mode: topology.mode,
      pseudonym,
      own: {
        backend: new ProxiedBackend({ url: urlOf('127.0.0.1', ownPort), weight: 1 }),
        isOwn: isOwnTarget,
      },
      maxConnections: config.MAX_CONNECTIONS,
      timeouts: timeoutsOf(config),
      bodies: bodyLimitsOf(config),
      limits: messageLimitsOf(config),
      clients: { connections: config.CLIENT_CONNECTIONS, requests: config.CLIENT_IN_FLIGHT },
      isTrusted: trustIn(config.TRUSTED_PROXIES),
      namesBackends: config.SERVED_BY,
      ...(tracksLoad ? { onAnswer: this.#readLoad } : {}),
    });
    return this.#plane;
  }

  /** Of the backends as they are now; what was heard of those that stay is in the cells. */
  #trackLoad(): LoadTracker {
    const { backends, ledger } = this.#pool;
    if (this.#setup.tracksLoad) ledger.loadCells.assign(placesFor(backends, loadCells));
    return new LoadTracker(backends, ledger.loadCells);
  }

  /** A worker's answer says how many tasks it has in hand, the one just accepted included. */
  readonly #readLoad: NonNullable<DataPlaneOptions['onAnswer']> = ({ url }, head) => {
    const load = head.valueOf(FIELD['endpoint-load-metrics']);
    const report = load === undefined ? undefined : parseLoadHeader(load);
    if (report !== undefined) this.acceptLoad({ url, ...report });
  };
}
