import type { OutcomeWindow } from '../accounting/outcome-window.js';
import type { BackendPool } from './backend-pool.js';
import { sheddingProbability } from './shedding.js';

/** Refuses some requests while too many fail, so that backends get air. */
export class AdmissionControl {
  readonly #pool: BackendPool;
  readonly #outcomes: OutcomeWindow;

  constructor(pool: BackendPool) {
    this.#pool = pool;
    this.#outcomes = pool.ledger.outcomes(pool.thread);
  }

  /** Whether the request that has just come is not even tried. */
  refuses(): boolean {
    const { now, random, policy } = this.#pool;
    const outcomes = this.#outcomes;
    outcomes.sum(now(), policy.shedding.windowMs);
    const succeeded = outcomes.requests - outcomes.failures;
    return random() < sheddingProbability(outcomes.requests, succeeded, policy.shedding);
  }

  /** A request that was let through is over. */
  count(succeeded: boolean): void {
    this.#outcomes.add(!succeeded, this.#pool.now(), this.#pool.policy.shedding.windowMs);
  }
}
