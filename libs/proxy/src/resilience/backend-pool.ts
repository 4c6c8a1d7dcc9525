import { STRATEGIES, type Strategy, type StrategyDefinition } from '@balanza/balancing';
import { Ledger } from '../accounting/ledger.js';
import type { SpinLock } from '../accounting/spin-lock.js';
import type { ProxiedBackend } from '../proxied-backend.js';
import { sharedNow } from '../shared-clock.js';
import { OUTCOME, type RequestOutcome } from './backend-health.js';
import type { Choice, Nobody } from './choice.js';
import { Chooser } from './chooser.js';
import { ejectionReason, mayEject } from './ejection.js';
import { FollowedPlan } from './followed-plan.js';
import type { BalancingPlan } from './plan.js';
import { MAX_BACKENDS, type ResiliencePolicy } from './policy.js';
import type { RetryBudget } from './retry-budget.js';

/** What a {@link BackendPool} counts in and chooses by. */
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

/** The backends of one balancer as one thread sees them, and who of them gets the next request. */
export class BackendPool {
  readonly ledger: Ledger;
  readonly retryBudget: RetryBudget;
  readonly thread: number;
  readonly now: () => number;
  readonly random: () => number;
  readonly #lock: SpinLock | undefined;
  readonly #followed: FollowedPlan;
  readonly #chooser: Chooser;

  /** @throws RangeError as {@link apply} does */
  constructor(plan: BalancingPlan, options: BackendPoolOptions = {}) {
    this.ledger = options.ledger ?? new Ledger({ capacity: MAX_BACKENDS, threads: 1 });
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
    this.#chooser = new Chooser(this.#followed, this.now);
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
      const picked = this.#chooser.choose(choice);
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
      const { ready } = this.#followed;
      for (const each of ready) each.health.refresh(now, slowStart);
      if (health.state !== 'up') return;
      const { ejected, size } = this.#ejected();
      const isReplaced = ready.some((each) => each !== backend && each.health.isWell(now, ejection));
      ejects = isReplaced ? ejection.maxShare > 0 : mayEject(ejected.length, size, ejection);
      if (ejects) health.eject(reason, now, ejection);
      else this.#readmit(now);
    });
    return ejects;
  }

  /**
   * No backend can be given a request: ejections beyond `ejection.maxShare` end, which lasted only as long as another
   * backend served well.
   *
   * @returns whether there were any
   */
  readmit(): boolean {
    let isAny = false;
    this.#locked(() => (isAny = this.#readmit(this.now())));
    return isAny;
  }

  #readmit(now: number): boolean {
    const { ejection, slowStart } = this.policy;
    const { ejected, size } = this.#ejected();
    const byEnd = ejected.toSorted((a, b) => a.health.ejectedUntil - b.health.ejectedUntil);
    const beyond = byEnd.filter((_, index) => !mayEject(ejected.length - index - 1, size, ejection));
    for (const { health } of beyond) health.readmit(now, slowStart);
    return beyond.length > 0;
  }

  /** The backends that are ejected, and how many are not down. */
  #ejected(): { readonly ejected: readonly ProxiedBackend[]; readonly size: number } {
    const present = this.#followed.ready.filter(({ health }) => health.state !== 'down');
    return { ejected: present.filter(({ health }) => health.state === 'ejected'), size: present.length };
  }

  /** `backend` has accepted a connection. */
  onAccepted({ health }: ProxiedBackend): void {
    if (health.isRefused || health.isAwaited) health.onAccepted(this.now(), this.policy.slowStart);
  }

  /** Whether there is a backend beside this one that serves without a failure. */
  isAnyProven(beside: ProxiedBackend): boolean {
    return this.#followed.ready.some((each) => each !== beside && this.isProven(each));
  }

  /** As {@link BackendHealth.isProven} */
  isProven({ health }: ProxiedBackend): boolean {
    return health.isProven(this.now(), this.policy.ejection);
  }

  /** Whether `backend` may be given nothing at the moment, be it by the plan or for its health. */
  isOut({ mode, health }: ProxiedBackend): boolean {
    return mode !== 'ready' || health.state !== 'up';
  }

  #locked(critical: () => void): void {
    if (this.#lock === undefined) critical();
    else this.#lock.hold(critical);
  }
}
