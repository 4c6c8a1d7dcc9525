import type { HealthReason, HealthState } from '@balanza/proxy';
import type { Logger } from '@balanza/runtime';

interface ObservedBackend {
  readonly url: string;
  readonly health: { readonly state: HealthState; readonly reason: HealthReason | undefined };
}

/** Says once of each backend that it is out and why, and once that it is back; whichever thread found out. */
export class HealthLog {
  readonly #logger: Pick<Logger, 'info' | 'warn'>;
  readonly #instanceOf: (url: string) => string | undefined;
  #states: ReadonlyMap<string, HealthState> = new Map();

  /** @param instanceOf which process a backend is, by its URL */
  constructor(logger: Pick<Logger, 'info' | 'warn'>, instanceOf: (url: string) => string | undefined) {
    this.#logger = logger;
    this.#instanceOf = instanceOf;
  }

  /** Logs what has changed since the last look. */
  look(backends: readonly ObservedBackend[]): void {
    const before = this.#states;
    this.#states = new Map(backends.map(({ url, health }) => [url, health.state]));
    for (const { url: backend, health } of backends) {
      const { state, reason } = health;
      if (state === (before.get(backend) ?? 'up')) continue;
      const line = { backend, backend_instance: this.#instanceOf(backend) };
      if (state === 'up') this.#logger.info(line, 'backend is up again');
      else this.#logger.warn({ ...line, reason }, `backend is ${state}`);
    }
  }
}
