import { cautionOf, type SettingValues } from '@balanza/balancing';
import type { BalancingPlan } from '@balanza/proxy';
import type { Logger } from '@balanza/runtime';
import {
  MAX_BACKENDS,
  settingsOf,
  TopologyError,
  type BalancerTopology,
  type Resilience,
  type StrategyChoice,
} from '@balanza/topology';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Balancer } from '../balancer.js';
import { NameResolver, type Lookup } from '../discovery/name-resolver.js';
import { isSameSituation, type Audit, type Situation } from './audit.js';
import { ChangeError, changed, type BalancingChange, type BalancingState } from './balancing-state.js';
import type { OwnAddress } from './own-address.js';
import { placementOf, SLOTS, type Placement } from './placement.js';
import { nameIn, reachable, withHost, type ReachableBackend } from './planned-backends.js';
import { policyOf } from './policy.js';
import { SlotTable } from './slot-table.js';

/** What a {@link ControlPlane} decides for, from what, and whom it tells. */
export interface ControlPlaneOptions {
  readonly balancer: Pick<Balancer, 'apply' | 'inFlight' | 'plan'>;
  readonly topology: BalancerTopology;
  /** Signs the cookies of stickiness. */
  readonly stickySecret: string;
  readonly logger: Pick<Logger, 'warn'>;
  /** Where each change is written down. */
  readonly audit: Audit;
  /** Other settings are in force. */
  readonly onSettings: (settings: Resilience) => void;
  /** How names are resolved; as the system does unless given. */
  readonly lookup?: Lookup;
}

/** Addresses that wait for a slot are looked at again after this many ms. */
const WAIT_MS = 1_000;

/** Somebody else has changed something since. */
export class VersionError extends Error {
  override readonly name = 'VersionError';
}

/**
 * Decides what the data planes of one balancer do, and tells all of them at once. What operators change, what the file says
 * and what names resolve to come together here, one change after the other.
 */
export class ControlPlane {
  readonly #options: ControlPlaneOptions;
  readonly #names: NameResolver;
  readonly #slots: SlotTable;
  #now: Situation;
  #backends: readonly ReachableBackend[] = [];
  #last: Promise<unknown> = Promise.resolve();
  #waiting: NodeJS.Timeout | undefined;
  /** What follows later from a change has nothing to do with the request that made it. */
  readonly #outside = AsyncLocalStorage.snapshot();
  #own: OwnAddress | undefined;
  /** The log says already that these are left out, as they are this balancer itself. */
  #ownFound: ReadonlySet<string> = new Set();
  #caution: string | undefined;

  constructor(options: ControlPlaneOptions) {
    const { balancer, topology, lookup } = options;
    this.#options = options;
    this.#now = { topology, state: stateOf(topology) };
    this.#slots = new SlotTable(SLOTS, (slot) => balancer.inFlight(slot) > 0);
    this.#names = new NameResolver({
      onChange: this.#followNames,
      onFailure: (name, error) => this.#warn(error, `${name} cannot be resolved; what was known of it stays`),
      ...(lookup === undefined ? {} : { lookup }),
    });
  }

  /** As operators want it; names stand for their addresses. */
  get state(): BalancingState {
    return this.#now.state;
  }

  /** Those that requests can be sent to. */
  get backends(): readonly ReachableBackend[] {
    return this.#backends;
  }

  /** Grows with every change. */
  get version(): number {
    return this.#options.balancer.plan.version;
  }

  /**
   * Resolves names and puts everything in force for the first time.
   *
   * @param own where the balancer is about to listen
   * @throws TopologyError when that is one of its backends
   */
  async start(own: OwnAddress): Promise<void> {
    this.#own = own;
    this.#assertNotOwn(this.#now.topology);
    await this.#inTurn(() => this.#enforce(this.#now));
    this.#options.onSettings(this.#now.topology);
    this.#names.start(this.#now.topology.dns.interval);
  }

  stop(): void {
    clearTimeout(this.#waiting);
    this.#names.stop();
  }

  /**
   * Makes all of `change`, or nothing. One after which everything is as before is no change: the version stays, strategies keep what they
   * have learnt, and there is nothing to write down.
   *
   * @param by whom the audit log is to name
   * @throws ChangeError that names what cannot be done; VersionError when the version is another than the change is for
   */
  change(change: BalancingChange, by: string): Promise<void> {
    return this.#inTurn(async () => {
      try {
        await this.#change(change, by);
      } catch (error) {
        this.#options.audit.refused(by, this.version, asked(change), (error as Error).message);
        throw error;
      }
    });
  }

  /**
   * Puts a changed file in force. Backends that stay keep the mode that they have, unless the file names another.
   *
   * @throws ChangeError when there is no room for it at the moment; TopologyError when the balancer is a backend of itself
   */
  reload(topology: BalancerTopology, by: string): Promise<void> {
    return this.#inTurn(async () => {
      this.#assertNotOwn(topology);
      const { state, topology: before } = this.#now;
      const next = { topology, state: stateOf(topology, state) };
      if (isSameSituation(this.#now, next)) {
        this.#now = next;
        return;
      }
      await this.#replace(next, by);
      this.#options.onSettings(topology);
      this.#names.start(topology.dns.interval);
      const fixed = (['port', 'threads', 'mode'] as const).filter((name) => topology[name] !== before[name]);
      if (fixed.length > 0) this.#warn(undefined, `${fixed.join(', ')}: in force from the next start on`);
    });
  }

  async #change(change: BalancingChange, by: string): Promise<void> {
    if (change.version !== undefined && change.version !== this.version) {
      throw new VersionError(
        `The version is ${this.version} now, not ${change.version}; read what has changed and decide again`,
      );
    }
    const state = changed(this.#now.state, change);
    if (isSameSituation(this.#now, { ...this.#now, state })) return;
    await this.#watch(state);
    const problems = change.backends.add.flatMap(({ url }, index) => {
      const message = this.#problemOf(url);
      return message === undefined ? [] : [{ field: `backends.add.${index}.url`, message }];
    });
    if (problems.length > 0) {
      await this.#watch(this.#now.state);
      throw new ChangeError(problems);
    }
    await this.#replace({ ...this.#now, state }, by);
  }

  /** Why a backend that is to be added can be sent no requests. */
  #problemOf(url: string): string | undefined {
    const name = this.#isResolving ? nameIn(url) : undefined;
    const addresses = name === undefined ? [] : this.#names.addressesOf(name);
    if (name !== undefined && addresses.length === 0) return `${name} has no address that could be found`;
    const urls = name === undefined ? [url] : addresses.map((address) => withHost(url, address));
    return urls.every((each) => this.#own?.isAt(each)) ? this.#own?.problemOf(url) : undefined;
  }

  /** A name may come to stand for it later, and is no mistake of the file then. */
  #assertNotOwn({ backends }: BalancerTopology): void {
    const own = backends.find(({ url }) => this.#own?.isAt(url));
    if (own === undefined) return;
    throw new TopologyError(`${this.#own?.problemOf(own.url)} in the file of BALANZA_CONFIG, or set PORT`);
  }

  async #replace(next: Situation, by: string): Promise<void> {
    const before = this.#now;
    await this.#enforce(next);
    this.#options.audit.applied(by, this.version, before, next);
  }

  /** All or nothing: whatever is thrown, what was before stays. */
  async #enforce(next: Situation): Promise<void> {
    try {
      await this.#watch(next.state);
      this.#publish(next);
    } catch (error) {
      await this.#watch(this.#now.state);
      throw error;
    }
  }

  /** Follows the addresses that names have now, as far as there is room, and the others as soon as there is. */
  readonly #followNames = () => {
    const follow = () => {
      const placement = this.#place(this.#now);
      const urls = (backends: readonly ReachableBackend[]) => backends.map(({ url }) => url).join();
      if (placement.placed.length === 0 || urls(placement.placed) === urls(this.#backends))
        this.#expect(placement);
      else this.#follow(this.#now, placement);
    };
    this.#inTurn(follow).catch((error: unknown) => {
      this.#warn(error);
      this.#followLater();
    });
  };

  #publish(next: Situation): void {
    const placement = this.#place(next);
    // Who was named has to be there; an address of a name may come a little later.
    if (placement.waiting.some(({ name }) => name === undefined)) {
      const message = 'must wait until requests of backends that left are over; try again';
      throw new ChangeError([{ field: 'backends', message }]);
    }
    this.#follow(next, placement);
  }

  #place({ state, topology }: Situation): Placement {
    const addressesOf = (name: string) => this.#names.addressesOf(name);
    const found = reachable(state.backends, topology.dns.interval > 0 ? addressesOf : undefined);
    return placementOf(this.#withoutOwn(found), this.#slots);
  }

  /** Says once of each address that is left out that it is. */
  #withoutOwn(found: readonly ReachableBackend[]): readonly ReachableBackend[] {
    const own = found.filter(({ url }) => this.#own?.isAt(url));
    const news = own.filter(({ url }) => !this.#ownFound.has(url));
    this.#ownFound = new Set(own.map(({ url }) => url));
    for (const { url, source } of news)
      this.#warn(undefined, `${url}, an address of ${source}, is left out: it is this balancer itself`);
    return found.filter((backend) => !own.includes(backend));
  }

  #follow(next: Situation, placement: Placement): void {
    const { balancer, stickySecret } = this.#options;
    const { placed, leftOut, assignment } = placement;
    const { strategy } = next.state;
    const settings = settingsOf(strategy, next.topology.strategyDefaults);
    const plan: BalancingPlan = {
      version: this.version + 1,
      strategy: { ...strategy, settings },
      backends: placed.map(({ url, weight, mode, slot }) => ({ url, weight, mode, slot })),
      policy: policyOf(next.topology, stickySecret),
    };
    balancer.apply(plan);
    this.#slots.keep(assignment);
    this.#now = next;
    this.#backends = placed;
    if (leftOut.length > 0) {
      const urls = leftOut.map(({ url }) => url);
      this.#options.logger.warn(
        { left_out: urls },
        `${urls.length} backends are left out, as there may be ${MAX_BACKENDS}`,
      );
    }
    this.#warnOfCaution(strategy, settings);
    this.#expect(placement);
  }

  /** Says once what the strategy does that is not to be expected of it. */
  #warnOfCaution({ name }: StrategyChoice, settings: SettingValues): void {
    const before = this.#caution;
    const caution = cautionOf(name, this.#backends, settings);
    this.#caution = caution;
    if (caution !== undefined && caution !== before) this.#warn(undefined, `${name}: ${caution}`);
  }

  #expect({ waiting }: Placement): void {
    clearTimeout(this.#waiting);
    if (waiting.length > 0) this.#followLater();
  }

  #followLater(): void {
    this.#waiting = this.#outside(setTimeout, this.#followNames, WAIT_MS).unref();
  }

  get #isResolving(): boolean {
    return this.#now.topology.dns.interval > 0;
  }

  #watch({ backends }: BalancingState): Promise<void> {
    return this.#names.watch(backends.flatMap(({ url }) => nameIn(url) ?? []));
  }

  #inTurn<T>(step: () => T | Promise<T>): Promise<T> {
    const result = this.#last.then(step);
    this.#last = result.catch(() => undefined);
    return result;
  }

  readonly #warn = (err: unknown, message = 'The balancing could not be changed') =>
    this.#options.logger.warn({ err }, message);
}

/** What is asked for, without what is not. */
function asked({ version, strategy, backends }: BalancingChange) {
  const lists = Object.entries(backends).filter(([, list]) => list.length > 0);
  return {
    ...(version === undefined ? {} : { version }),
    ...(strategy === undefined ? {} : { strategy }),
    ...(lists.length === 0 ? {} : { backends: Object.fromEntries(lists) }),
  };
}

/** What a file says, with the modes that backends have already where it says nothing of them. */
function stateOf({ strategy, backends }: BalancerTopology, before?: BalancingState): BalancingState {
  const modes = new Map(before?.backends.map(({ url, mode }) => [url, mode]));
  return {
    strategy,
    backends: backends.map(({ url, weight, mode }) => ({
      url,
      weight,
      mode: mode ?? modes.get(url) ?? 'ready',
    })),
  };
}
