import { setTimeout } from 'node:timers/promises';
import type { OrphanStore } from './orphan-store.js';
import type { Retention, TaskStore } from './task-store.js';

/** A week for tasks that ended well or were cancelled, and a month for failed ones. */
export const DEFAULT_RETENTION: Retention = { endedS: 7 * 86_400, failedS: 30 * 86_400 };
const EVERY_MS = 60_000;

/** Deletes, each minute, what is kept no longer, and finds what has no owner. Every worker does; rows that one deletes, the others skip. */
export class CleanUp {
  readonly #run: () => Promise<unknown>;
  readonly #stop = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(tasks: TaskStore, orphans: OrphanStore, retention: Retention) {
    this.#run = async () => {
      await orphans.noteUnknown();
      await orphans.forgetGone();
      await tasks.deleteEnded(retention);
    };
  }

  /** Idempotent. */
  start(): void {
    this.#loop ??= this.#repeat(this.#stop.signal);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  async #repeat(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // What cannot be deleted now is deleted next time.
      await this.#run().catch(() => undefined);
      await setTimeout(EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
