import { setTimeout } from 'node:timers/promises';
import { messageOf } from './message-of.js';
import type { OrphanStore } from './orphan-store.js';
import type { FinalStatus, TaskStore } from './task-store.js';

/** For how long tasks that have ended are kept, in seconds. */
export interface Retention {
  /** Completed and cancelled ones. */
  readonly endedS: number;
  /** Failed ones, which somebody may want to look at and redrive. */
  readonly failedS: number;
}

/** A week for tasks that ended well or were cancelled, and a month for failed ones. */
export const DEFAULT_RETENTION: Retention = { endedS: 7 * 86_400, failedS: 30 * 86_400 };

const EVERY_MS = 60_000;
/** Most tasks that one statement deletes, so that none takes long. */
const BATCH = 1_000;

/** What a {@link CleanUp} cleans. */
export interface CleanUpOptions {
  readonly tasks: Pick<TaskStore, 'deleteEnded'>;
  readonly orphans: Pick<OrphanStore, 'noteUnknown' | 'forgetGone'>;
  readonly retention: Retention;
  /** Hears, once a run, of what did not succeed, in words for a log. */
  readonly onFailure: (problem: string) => void;
}

interface Step {
  /** What it cleans, in words for a log. */
  readonly what: string;
  /** @returns whether there is more of it */
  run(): Promise<boolean>;
}

/** Deletes, each minute, what is kept no longer, and finds what has no owner. Every worker does; rows that one deletes, the others skip. */
export class CleanUp {
  readonly #options: CleanUpOptions;
  readonly #stop = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(options: CleanUpOptions) {
    this.#options = options;
  }

  /** Idempotent. */
  start(): void {
    this.#loop ??= this.#repeat(this.#stop.signal);
  }

  /** Resolves once the statement that is under way has ended. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  async #repeat(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#run(signal);
      await setTimeout(EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Each step has its turn, whatever becomes of the others; those that have more to do take turns, a batch at a time. */
  async #run(signal: AbortSignal): Promise<void> {
    const problems = new Map<string, string>();
    let steps: readonly Step[] = this.#steps();
    while (steps.length > 0) {
      const unfinished: Step[] = [];
      for (const step of steps) {
        if (signal.aborted) return;
        try {
          if (await step.run()) unfinished.push(step);
        } catch (error) {
          problems.set(step.what, messageOf(error));
        }
      }
      steps = unfinished;
    }
    if (problems.size === 0) return;
    this.#options.onFailure(Array.from(problems, ([what, problem]) => `${what}: ${problem}`).join('; '));
  }

  /** What there is to do. */
  #steps(): readonly Step[] {
    const { tasks, orphans, retention } = this.#options;
    const once = (work: Promise<void>) => work.then(() => false);
    const ages: Readonly<Record<FinalStatus, number>> = {
      completed: retention.endedS,
      cancelled: retention.endedS,
      failed: retention.failedS,
    };
    return [
      { what: 'tasks without an owner', run: () => once(orphans.noteUnknown()) },
      { what: 'workers that are gone', run: () => once(orphans.forgetGone()) },
      ...(['completed', 'cancelled', 'failed'] as const).map((status) => ({
        what: `${status} tasks`,
        run: async () => (await tasks.deleteEnded(status, ages[status], BATCH)) === BATCH,
      })),
    ];
  }
}
