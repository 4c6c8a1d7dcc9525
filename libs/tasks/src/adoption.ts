import type { Adopted, OrphanStore } from './orphan-store.js';

/** Most tasks that one statement adopts, so that none takes long. */
const BATCH = 1_000;
/** For how long those who can run them at once have the tasks of a worker that is gone to themselves, in milliseconds. */
const ROOM_FIRST_MS = 1_000;

/** What an {@link Adoption} goes by. */
export interface AdoptionOptions {
  readonly orphans: OrphanStore;
  /** Hears of what was adopted, before anything else is. */
  readonly onAdopted: (adopted: Adopted) => void;
}

/**
 * When a worker takes what others have left into its queue. Each task that was accepted is then in the queue of a worker that
 * is there, so that the balancer's count and the bounds see it, whether anybody has room for it yet or not.
 */
export class Adoption {
  readonly #options: AdoptionOptions;
  #othersGone = true;

  constructor(options: AdoptionOptions) {
    this.#options = options;
  }

  /** Whether there are workers that are gone, as of the last renewal. */
  noteGone(othersGone: boolean): void {
    this.#othersGone = othersGone;
  }

  /** Adopts all that earlier processes of this worker have left. */
  async takePredecessors(): Promise<void> {
    while (await this.#adopt(BATCH));
  }

  /**
   * Adopts what this worker can run at once, and of workers that have been gone for a while the rest as well, a batch at a
   * time.
   *
   * @param room how many tasks it can run beside those that it has
   * @returns whether there may be more
   */
  async takeOrphans(room: number): Promise<boolean> {
    if (!this.#othersGone) return false;
    this.#othersGone = false;
    if (room > 0) await this.#adopt(room, 0);
    this.#othersGone ||= await this.#adopt(BATCH, ROOM_FIRST_MS);
    return this.#othersGone;
  }

  /** @returns whether as many were found as were looked for */
  async #adopt(limit: number, goneForMs?: number): Promise<boolean> {
    const adopted = await this.#options.orphans.adopt(limit, goneForMs);
    if (adopted.count > 0) this.#options.onAdopted(adopted);
    return adopted.count === limit;
  }
}
