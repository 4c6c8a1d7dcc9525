import type { Adoption } from './adoption.js';
import type { Attempt } from './attempt.js';
import { Doorbell } from './doorbell.js';
import type { HeldAttempts } from './held-attempts.js';
import type { StoreRetry } from './store-retry.js';
import type { WorkStore } from './work-store.js';

/** What a {@link ClaimLoop} works on. */
export interface ClaimLoopOptions {
  readonly work: WorkStore;
  readonly held: HeldAttempts;
  readonly adoption: Adoption;
  readonly retry: StoreRetry;
  /** Called when attempts have begun. */
  readonly onClaimed: () => void;
}

/** Sees to it that whatever can run in a worker does: looks for work whenever it is told that there may be some. */
export class ClaimLoop {
  readonly #options: ClaimLoopOptions;
  readonly #bell = new Doorbell();
  #due = false;

  constructor(options: ClaimLoopOptions) {
    this.#options = options;
  }

  /** There may be something to do. */
  wake(): void {
    this.#bell.ring();
  }

  /** Whether tasks that wait for their time are due, as of the last renewal. */
  noteDue(due: boolean): void {
    this.#due = due;
  }

  /** @throws the signal's reason, where it is aborted while there is something to do */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const more = await this.#options.retry.run(() => this.#fill(signal), signal);
      if (!more) await this.#bell.rest();
    }
  }

  /** @returns whether there may be more to do at once */
  async #fill(signal: AbortSignal): Promise<boolean> {
    const { work, held, adoption } = this.#options;
    const orphansLeft = await adoption.takeOrphans(held.free - work.queue.ready);
    if (this.#due) this.#due = await work.promoteDue();
    signal.throwIfAborted();
    const { free } = held;
    const isFull = free > 0 && work.queue.ready > 0 && (await this.#claim(free)) === free;
    return orphansLeft || this.#due || isFull;
  }

  /** @returns how many attempts have begun; fewer than there are places when no more tasks are ready */
  async #claim(places: number): Promise<number> {
    const { work, held, onClaimed } = this.#options;
    const { isIdle } = held;
    held.keep(places);
    try {
      const attempts = await work.claim(places, isIdle, held.lateTasks);
      const overlapping = attempts.filter(({ task_id }) => held.worksOn(task_id));
      held.begin(attempts.filter((attempt) => !overlapping.includes(attempt)));
      if (overlapping.length > 0) await this.#postpone(overlapping);
      if (attempts.length > 0) onClaimed();
      return attempts.length;
    } finally {
      held.giveBack(places);
    }
  }

  /** An earlier attempt is still at work here, which has not heard yet that it is not the latest any more. */
  async #postpone(attempts: readonly Attempt[]): Promise<void> {
    const { work, held } = this.#options;
    for (const { task_id } of attempts) held.abortTask(task_id);
    await work.putBack(attempts);
  }
}
