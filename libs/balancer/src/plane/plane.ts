import { createStrategy, STRATEGIES, type Strategy, type StrategyDefinition } from '@balanza/balancing';
import { parseLoadHeader } from '@balanza/contracts';
import {
  DataPlane,
  FIELD,
  Ledger,
  ProxiedBackend,
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
export function ledgerShape({ topology, tracksLoad }: PlaneSetup): LedgerShape {
  const { backends, strategy, threads } = topology;
  const definition: StrategyDefinition = STRATEGIES[strategy.name];
  return {
    backends: backends.length,
    threads,
    cells: { strategy: definition.cells(backends), load: tracksLoad ? loadCells(backends) : [] },
  };
}

/** What one thread knows of the balancer: its backends, the strategy that orders them, and their load. */
export class PlaneView {
  readonly backends: readonly ProxiedBackend[];
  readonly strategy: Strategy<ProxiedBackend>;
  readonly #setup: PlaneSetup;
  readonly #lock: SpinLock | undefined;
  readonly #load: LoadTracker;

  /** @param thread the number of the thread that looks */
  constructor(setup: PlaneSetup, ledger: Ledger, thread: number) {
    const { topology } = setup;
    this.#setup = setup;
    this.backends = topology.backends.map(
      (backend, index) => new ProxiedBackend(backend, ledger.account(index, thread)),
    );
    const { name, settings } = topology.strategy;
    const parts = { cells: ledger.strategyCells, random: Math.random, now: Date.now };
    this.strategy = createStrategy<ProxiedBackend>(name, parts, settings);
    this.#load = new LoadTracker(this.backends, ledger.loadCells);
    this.#lock = ledger.shape.threads > 1 ? ledger.lock(thread) : undefined;
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
      strategy: this.strategy,
      backends: this.backends,
      mode: topology.mode,
      own: {
        backend: new ProxiedBackend({ url: urlOf('127.0.0.1', ownPort), weight: 1 }),
        isOwn: isOwnTarget,
      },
      maxInFlight: config.MAX_IN_FLIGHT,
      maxConnections: config.MAX_CONNECTIONS,
      timeouts: timeoutsOf(config),
      isTrusted: trustIn(config.TRUSTED_PROXIES),
      ...(this.#lock === undefined ? {} : { lock: this.#lock }),
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
