import type { Strategy, StrategyDefinition } from '@balanza/balancing';
import { crc32 } from 'node:zlib';
import type { Ledger } from '../accounting/ledger.js';
import { placesFor, SharedCells } from '../accounting/shared-cells.js';
import { ProxiedBackend } from '../proxied-backend.js';
import { checkPlan } from './check-plan.js';
import type { BalancingPlan, PlannedBackend, PlannedStrategy } from './plan.js';

/** What a plan is followed with. */
export interface FollowedPlanParts {
  readonly ledger: Ledger;
  /** The number of the thread that follows. */
  readonly thread: number;
  readonly strategies: Readonly<Record<string, StrategyDefinition>>;
  readonly now: () => number;
  readonly random: () => number;
  /** Calls `critical` while no other thread chooses a backend. */
  readonly locked: (critical: () => void) => void;
}

/** Of whoever follows nothing yet. */
const NONE: Strategy<ProxiedBackend> = { candidates: () => [] };

/** A strategy, and where it keeps its numbers. */
interface Used {
  readonly strategy: Strategy<ProxiedBackend>;
  readonly cells: SharedCells;
  readonly weighted: boolean;
  /** A number made of its name and settings. */
  readonly use: number;
}

/** A plan as one thread follows it: the strategy that it names, and the backends as this thread sees them. */
export class FollowedPlan {
  readonly #parts: FollowedPlanParts;
  #plan: BalancingPlan;
  #used: Used | undefined;
  #backends: readonly ProxiedBackend[] = [];
  #ready: readonly ProxiedBackend[] = [];

  /** @throws RangeError as {@link follow} does */
  constructor(plan: BalancingPlan, parts: FollowedPlanParts) {
    this.#parts = parts;
    this.#plan = plan;
    this.follow(plan);
  }

  get plan(): BalancingPlan {
    return this.#plan;
  }

  get strategy(): Strategy<ProxiedBackend> {
    return this.#used?.strategy ?? NONE;
  }

  /** The text of what strategies that hash do hash; undefined where the strategy hashes nothing. */
  get hashKey(): string | undefined {
    const { name, hashKey = 'address' } = this.#plan.strategy;
    return this.#parts.strategies[name]?.hashes === true ? hashKey : undefined;
  }

  /** Whether the strategy goes by weights. */
  get weighted(): boolean {
    return this.#used?.weighted === true;
  }

  /** In the order of the plan, those included that get no requests. */
  get backends(): readonly ProxiedBackend[] {
    return this.#backends;
  }

  /** Those that may be given requests: what strategies order. */
  get ready(): readonly ProxiedBackend[] {
    return this.#ready;
  }

  /**
   * Follows another plan from now on. Whatever can go wrong does so before anything has changed for anybody.
   *
   * @throws RangeError for a plan that cannot be followed, and whatever its strategy throws
   */
  follow(plan: BalancingPlan): void {
    checkPlan(plan, this.#parts.ledger.shape.capacity);
    const backends = plan.backends.map((planned) => this.#known(planned) ?? this.#newBackend(planned));
    const ready = backends.filter((_, index) => plan.backends[index]?.mode === 'ready');
    const weights = backends.map(({ weight }) => weight);
    setWeights(
      backends,
      plan.backends.map(({ weight }) => weight),
    );
    try {
      const definition = this.#definitionOf(plan.strategy);
      const used = this.#strategyOf(definition, plan.strategy);
      const places = placesFor(ready, (some) => definition.cells(some));
      // Tables may take long to make, and whoever holds the lock keeps all threads waiting.
      used.strategy.prepare?.(ready);
      this.#parts.locked(() => {
        this.#tellOthers(plan, backends);
        this.#parts.ledger.strategyCells(used.use, used.cells);
        used.cells.assign(places);
      });
      this.#used = used;
    } catch (error) {
      setWeights(backends, weights);
      throw error;
    }
    // Those that are left out now finish what they have, and get nothing more.
    for (const known of this.#backends) if (!backends.includes(known)) known.mode = 'drain';
    for (const [index, { mode }] of plan.backends.entries()) (backends[index] as ProxiedBackend).mode = mode;
    this.#backends = backends;
    this.#ready = ready;
    this.#plan = plan;
  }

  /** The first thread that follows a plan says who has which slot, and who begins slowly, as nobody does at boot. */
  #tellOthers(
    { version, backends: planned, policy }: BalancingPlan,
    backends: readonly ProxiedBackend[],
  ): void {
    const { ledger, now } = this.#parts;
    if (version <= ledger.version) return;
    const isBoot = ledger.version === 0;
    ledger.keepOnly(planned.map(({ slot }) => slot));
    for (const [index, { slot, url, mode }] of planned.entries()) {
      const isNew = ledger.claim(slot, fingerprint(url));
      const before = backends[index]?.mode;
      const isBack = mode === 'ready' && before !== 'ready';
      const health = ledger.health(slot);
      if (isBoot) health.await();
      else if (isNew || isBack) health.warmUp(now(), policy.slowStart);
      const isUnchecked = isBoot || isNew || before === 'maintenance';
      if (policy.checks.enabled && isUnchecked && mode !== 'maintenance') health.doubt();
    }
    ledger.version = version;
  }

  #definitionOf({ name }: PlannedStrategy): StrategyDefinition {
    const definition = this.#parts.strategies[name];
    if (definition === undefined) throw new RangeError(`there is no strategy ${name}`);
    return definition;
  }

  /** The one that is used already where it is the same, with what it has learnt. */
  #strategyOf(definition: StrategyDefinition, { name, settings }: PlannedStrategy): Used {
    const defaults = Object.fromEntries(definition.settings.map((each) => [each.name, each.default]));
    // In the order of the definition, so that the same values are the same strategy however they are named.
    const values = { ...defaults, ...(settings as object) };
    const use = fingerprint(JSON.stringify([name, values]));
    if (this.#used?.use === use) return this.#used;
    const { now, random } = this.#parts;
    const cells = new SharedCells();
    return {
      strategy: definition.create({ cells, now, random }, values),
      cells,
      weighted: definition.weighted,
      use,
    };
  }

  /** The backend itself where it is known already, so that its connections stay. */
  #known({ url, slot }: PlannedBackend): ProxiedBackend | undefined {
    return this.#backends.find((each) => each.url === url && each.slot === slot);
  }

  #newBackend(planned: PlannedBackend): ProxiedBackend {
    const { ledger, thread } = this.#parts;
    const { slot } = planned;
    const account = ledger.account(slot, thread);
    return new ProxiedBackend(planned, { slot, account, health: ledger.health(slot, thread) });
  }
}

function setWeights(backends: readonly ProxiedBackend[], weights: readonly number[]): void {
  for (const [index, weight] of weights.entries()) (backends[index] as ProxiedBackend).weight = weight;
}

/** A number for a text, the same in every thread, and never 0. */
function fingerprint(text: string): number {
  return crc32(text) | 0 || 1;
}
