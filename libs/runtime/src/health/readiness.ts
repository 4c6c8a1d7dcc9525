import { Injectable } from '@nestjs/common';

/** Resolves when the dependency works; rejects, with a reason a person can act on, when it does not. */
export type ReadinessCheck = () => Promise<void>;

/** Whether this process should be sent requests now. Anything it cannot work without registers a check. */
@Injectable()
export class Readiness {
  readonly #checks = new Map<string, ReadinessCheck>();
  #draining = false;

  /** Adds a check; `name` is shown in the answer of `/health/ready`. */
  register(name: string, check: ReadinessCheck): void {
    this.#checks.set(name, check);
  }

  /** From now on the process is not ready, whatever the checks say: it is shutting down. */
  drain(): void {
    this.#draining = true;
  }

  /** The reasons not to be ready, by the name of the check; empty when ready. */
  async problems(): Promise<Record<string, string>> {
    if (this.#draining) return { shutdown: 'shutting down' };
    const results = await Promise.all(
      [...this.#checks].map(async ([name, check]) => {
        try {
          await check();
          return [];
        } catch (error) {
          return [[name, error instanceof Error ? error.message : String(error)] as const];
        }
      }),
    );
    return Object.fromEntries(results.flat());
  }
}
