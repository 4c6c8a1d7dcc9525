import type { HealthReason, HealthState } from '@balanza/proxy';
import type { Logger } from '@balanza/runtime';

/** What checks have found out, by the URL of the backend. */
interface CheckFindings {
  /** Which process it is. */
  readonly instanceOf: (url: string) => string | undefined;
  /** What came of its last check, in words. */
  readonly detailOf: (url: string) => string | undefined;
}

interface ObservedBackend {
  readonly url: string;
  readonly health: { readonly state: HealthState; readonly reason: HealthReason | undefined };
}

/** Says once of each backend that it is out and why, and once that it is back; whichever thread found out. */
export class HealthLog {
  readonly #logger: Pick<Logger, 'info' | 'warn'>;
  readonly #checks: CheckFindings;
  #states: ReadonlyMap<string, HealthState> = new Map();

  constructor(logger: Pick<Logger, 'info' | 'warn'>, checks: CheckFindings) {
    this.#logger = logger;
    this.#checks = checks;
  }

  /** Logs what has changed since the last look. */
  look(backends: readonly ObservedBackend[]): void {
    const before = this.#states;
    this.#states = new Map(backends.map(({ url, health }) => [url, health.state]));
    for (const { url: backend, health } of backends) {
      const { state, reason } = health;
      if (state === (before.get(backend) ?? 'up')) continue;
      const line = { backend, backend_instance: this.#checks.instanceOf(backend) };
      if (state === 'up') this.#logger.info(line, 'backend is up again');
      else {
        const why = reason === 'checks' ? { reason, detail: this.#checks.detailOf(backend) } : { reason };
        this.#logger.warn({ ...line, ...why }, `backend is ${state}`);
      }
    }
  }
}
