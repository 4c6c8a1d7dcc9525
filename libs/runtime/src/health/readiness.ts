import { Injectable } from '@nestjs/common';

/** Resolves when the dependency works; rejects, with a reason a person can act on, when it does not. */
export type ReadinessCheck = () => Promise<void>;

/** Longest that a check may take, in milliseconds, so that a probe learns within 5 s of a dependency that hangs. */
const CHECK_TIMEOUT_MS = 4_000;

/** Whether this process should be sent requests now. Anything it cannot work without registers a check. */
@Injectable()
export class Readiness {
  readonly #checks = new Map<string, ReadinessCheck>();
  readonly #leaving: (() => void)[] = [];
  #draining = false;

  /** Adds a check; `name` is shown in the answer of `/health/ready`. */
  register(name: string, check: ReadinessCheck): void {
    this.#checks.set(name, check);
  }

  /** Has `leave` called when the process begins to shut down. */
  onDrain(leave: () => void): void {
    this.#leaving.push(leave);
  }

  /** From now on the process is not ready, whatever the checks say: it is shutting down. */
  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    for (const leave of this.#leaving) leave();
  }

  /** Whether the process is shutting down. */
  get isDraining(): boolean {
    return this.#draining;
  }

  /** The reasons not to be ready, by the name of the check; empty when ready. */
  async problems(): Promise<Record<string, string>> {
    if (this.#draining) return { shutdown: 'shutting down' };
    const results = await Promise.all(
      [...this.#checks].map(async ([name, check]) => {
        try {
          await endsInTime(check());
          return [];
        } catch (error) {
          return [[name, error instanceof Error ? error.message : String(error)] as const];
        }
      }),
    );
    return Object.fromEntries(results.flat());
  }
}

/** @throws Error where `check` has not ended within {@link CHECK_TIMEOUT_MS}; what becomes of it then is of no interest */
async function endsInTime(check: Promise<void>): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Error(`no response within ${CHECK_TIMEOUT_MS / 1000} s`));
  }, CHECK_TIMEOUT_MS);
  try {
    await Promise.race([check, late]);
  } finally {
    clearTimeout(timer);
  }
}
