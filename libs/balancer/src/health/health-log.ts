import type { HealthReason, HealthState } from '@balanza/proxy';
import type { Logger } from '@balanza/runtime';

interface ObservedBackend {
  readonly url: string;
  readonly health: { readonly state: HealthState; readonly reason: HealthReason | undefined };
}

/** Says once of each backend that it is out and why, and once that it is back; whichever thread found out. */
export class HealthLog {
  readonly #logger: Pick<Logger, 'info' | 'warn'>;
  #states: ReadonlyMap<string, HealthState> = new Map();

  constructor(logger: Pick<Logger, 'info' | 'warn'>) {
    this.#logger = logger;
  }

  /** Logs what has changed since the last look. */
  look(backends: readonly ObservedBackend[]): void {
    const before = this.#states;
    this.#states = new Map(backends.map(({ url, health }) => [url, health.state]));
    for (const { url: backend, health } of backends) {
      const { state, reason } = health;
      if (state === (before.get(backend) ?? 'up')) continue;
      if (state === 'up') this.#logger.info({ backend }, 'backend is up again');
      else this.#logger.warn({ backend, reason }, `backend is ${state}`);
    }
  }
}
