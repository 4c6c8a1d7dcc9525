import { STRATEGIES, type Strategy, type StrategyDefinition } from '@balanza/balancing';
import { DEFAULT_CAPACITY, Ledger } from '../accounting/ledger.js';
import type { SpinLock } from '../accounting/spin-lock.js';
import type { ProxiedBackend } from '../proxied-backend.js';
import { sharedNow } from '../shared-clock.js';
import { OUTCOME, type RequestOutcome } from './backend-health.js';
import type { Choice, Nobody } from './choice.js';
import { ejectionReason, mayEject } from './ejection.js';
import { FollowedPlan } from './followed-plan.js';
import type { BalancingPlan } from './plan.js';
import type { ResiliencePolicy } from './policy.js';
import type { RetryBudget } from './retry-budget.js';

export interface BackendPoolOptions {
  /** Where everything is counted; memory of its own unless given. */
  readonly ledger?: Ledger;
  /** The number of the thread that this is for. */
  readonly thread?: number;
  /** Strategies by the names that plans call them; those of `@balanza/balancing` unless given. */
  readonly strategies?: Readonly<Record<string, StrategyDefinition>>;
  /** In ms, the same for all threads; {@link sharedNow} unless given. */
  readonly now?: () => number;
  /** Uniform from 0 to below 1. */
  readonly random?: () => number;
}

/** Of whoever is not out. */
const LEAST_SHARE = 0.001;

/** The backends of one balancer as one thread sees them, and who of them gets the next request. */
export class BackendPool {
  readonly ledger: Ledger;
  readonly retryBudget: RetryBudget;
  readonly thread: number;
  readonly now: () => number;
  readonly random: () => number;
  readonly #lock: SpinLock | undefined;
  readonly #followed: FollowedPlan;

  /** @throws RangeError as {@link apply} does */
  constructor(plan: BalancingPlan, options: BackendPoolOptions = {}) {
    this.ledger = options.ledger ?? new Ledger({ capacity: DEFAULT_CAPACITY, threads: 1 });
    this.thread = options.thread ?? 0;
    this.retryBudget = this.ledger.retryBudget(this.thread);
    this.now = options.now ?? sharedNow;
    this.random = options.random ?? Math.random;
    this.#lock = this.ledger.shape.threads > 1 ? this.ledger.lock(this.thread) : undefined;
    this.#followed = new FollowedPlan(plan, {
      ledger: this.ledger,
      thread: this.thread,
      strategies: options.strategies ?? STRATEGIES,
      now: this.now,
      random: this.random,
      locked: (critical) => this.#locked(critical),
    });
  }

  get policy(): ResiliencePolicy {
    return this.#followed.plan.policy;
  }

  get strategy(): Strategy<ProxiedBackend> {
    return this.#followed.strategy;
  }

  /** As {@link FollowedPlan.hashKey} */
  get hashKey(): string | undefined {
    return this.#followed.hashKey;
  }

  /** In the order of the plan, those included that get no requests. */
  get backends(): readonly ProxiedBackend[] {
    return this.#followed.backends;
  }

  get version(): number {
    return this.#followed.plan.version;
  }

  /**
   * Follows another plan from the next request on.
   *
   * @returns false for one that is not newer than what it follows
   * @throws RangeError for a plan that cannot be followed, and goes on as before
   */
  apply(plan: BalancingPlan): boolean {
    if (plan.version <= this.version) return false;
    this.#followed.follow(plan);
    return true;
  }

  /**
   * Chooses a backend and counts the request there, in one step: where threads share the counts, nobody else chooses in
   * between.
   */
  pick(choice: Choice): ProxiedBackend | Nobody {
    this.#lock?.acquire();
    try {
      const picked = this.#choose(choice);
      if (typeof picked !== 'string') picked.enter();
      return picked;
    } finally {
      this.#lock?.release();
    }
  }

  /**
   * Tells strategies that learn how long `backend` took until its answer began, or until there was none.
   *
   * @param durationMs since the backend was chosen
   */
  observe(backend: ProxiedBackend, outcome: RequestOutcome, durationMs: number): void {
    const { strategy } = this;
    if (strategy.observe === undefined) return;
    this.#locked(() => strategy.observe?.(backend, { durationMs, failed: outcome !== OUTCOME.served }));
  }

  /**
   * A request to `backend` went like this.
   *
   * @returns whether it is ejected by that
   */
  judge(backend: ProxiedBackend, outcome: RequestOutcome): boolean {
    const { ejection, slowStart } = this.policy;
    if (!ejection.enabled) return false;
    const { health } = backend;
    const now = this.now();
    health.onOutcome(outcome, now, ejection);
    if (!health.isSuspect || health.state !== 'up') return false;
    const reason = ejectionReason(
      { consecutive: health.consecutiveErrors, ...health.observed(now, ejection) },
      ejection,
    );
    if (reason === undefined) return false;
    let ejects = false;
    this.#locked(() => {
      for (const each of this.#followed.ready) each.health.refresh(now, slowStart);
      const out = this.#followed.ready.filter((each) => each.health.state !== 'up').length;
      ejects = health.state === 'up' && mayEject(out, this.#followed.ready.length, ejection);
      if (ejects) health.eject(reason, now, ejection);
    });
    return ejects;
  }

  /** `backend` has accepted a connection. */
  onAccepted({ health }: ProxiedBackend): void {
    if (health.isRefused) health.onAccepted(this.now(), this.policy.slowStart);
  }

  /** Whether `backend` may be given nothing at the moment, be it by the plan or for its health. */
  isOut({ mode, health }: ProxiedBackend): boolean {
    return mode !== 'ready' || health.state !== 'up';
  }

  #choose(choice: Choice): ProxiedBackend | Nobody {
    const { sticky, tried } = choice;
    if (sticky?.mode === 'ready' && tried?.includes(sticky) !== true && this.#obstacle(sticky) === undefined)
      return sticky;
    if (choice.candidates !== undefined && choice.version === this.version) {
      const found = this.#nextOf(choice);
      if (typeof found !== 'string') return found;
    }
    this.#tellShares();
    // Those that were passed over before, for slow start or want of room, are candidates again.
    choice.candidates = this.strategy.candidates(this.#followed.ready, choice.key)[Symbol.iterator]();
    choice.version = this.version;
    return this.#nextOf(choice);
  }

  /** The next candidate that can be used. */
  #nextOf(choice: Choice): ProxiedBackend | Nobody {
    const { candidates, tried } = choice;
    let nobody: Nobody = 'out';
    if (candidates === undefined) return nobody;
    let held: ProxiedBackend | undefined;
    for (let next = candidates.next(); next.done !== true; next = candidates.next()) {
      const backend = next.value;
      if (tried?.includes(backend) === true) continue;
      const obstacle = this.#obstacle(backend);
      if (obstacle === 'full') nobody = 'full';
      if (obstacle !== undefined) continue;
      if (!backend.isSilent && (backend.health.isFine || this.#isItsTurn(backend))) return backend;
      held ??= backend;
    }
    choice.candidates = undefined;
    return held ?? nobody;
  }

  /** What keeps a backend from being picked; undefined for one that is healthy as far as is known, and has room. */
  #obstacle(backend: ProxiedBackend): Nobody | undefined {
    const { health } = backend;
    if (!health.isFine && health.isOut(this.now(), this.policy.slowStart)) return 'out';
    return backend.inFlight < this.policy.limits.maxInFlight ? undefined : 'full';
  }

  /** Tells strategies who is to have less than its usual share: relative to the others, as all may have just come back. */
  #tellShares(): void {
    let best = 0;
    for (const each of this.#followed.ready) {
      each.share = each.health.isFine ? 1 : this.#shareOf(each);
      best = Math.max(best, each.share);
    }
    if (best > 0 && best < 1) for (const each of this.#followed.ready) each.share /= best;
  }

  #shareOf({ health }: ProxiedBackend): number {
    const now = this.now();
    const { slowStart } = this.policy;
    health.refresh(now, slowStart);
    return health.state === 'up' ? Math.max(health.share(now, slowStart), LEAST_SHARE) : 0;
  }

  /**
   * In slow start a backend is passed over now and then; not every strategy looks at shares. One that is out and could be picked all the
   * same is to show whether it still is.
   */
  #isItsTurn({ share }: ProxiedBackend): boolean {
    return share === 1 || share === 0 || this.random() < share;
  }

  #locked(critical: () => void): void {
    if (this.#lock === undefined) critical();
    else this.#lock.hold(critical);
  }
}
