import { keyOf, type AttemptId } from './attempt.js';

/** A handler that is at work although its attempt has ended: its time was up, or its task was cancelled or taken over. */
export interface StuckHandler extends AttemptId {
  /** How long ago its attempt ended, in milliseconds. */
  readonly lateMs: number;
  /** Whether it has ended by now after all. */
  readonly hasEnded: boolean;
}

/** When a late handler is stuck, and where that is reported. */
export interface LateHandlersOptions {
  readonly onStuck: (handler: StuckHandler) => void;
  readonly stuckAfterMs: number;
}

interface Late {
  readonly attempt: AttemptId;
  readonly since: number;
  readonly timer: NodeJS.Timeout;
  isStuck: boolean;
}

/** Handlers that are at work although their attempts have ended. One that heeds its signal is late for a moment only. */
export class LateHandlers {
  readonly #options: LateHandlersOptions;
  readonly #late = new Map<string, Late>();

  constructor(options: LateHandlersOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#late.size;
  }

  /** How many have been late for so long that they are stuck. */
  get stuck(): number {
    return Array.from(this.#late.values()).filter(({ isStuck }) => isStuck).length;
  }

  get taskIds(): string[] {
    return Array.from(this.#late.values(), ({ attempt }) => attempt.task_id);
  }

  add({ task_id, attempt }: AttemptId): void {
    const late: Late = {
      attempt: { task_id, attempt },
      since: performance.now(),
      timer: setTimeout(() => {
        late.isStuck = true;
        this.#tell(late, false);
      }, this.#options.stuckAfterMs).unref(),
      isStuck: false,
    };
    this.#late.set(keyOf(late.attempt), late);
  }

  /**
   * It has ended.
   *
   * @returns whether it was late
   */
  delete(attempt: AttemptId): boolean {
    const late = this.#late.get(keyOf(attempt));
    if (late === undefined) return false;
    clearTimeout(late.timer);
    this.#late.delete(keyOf(attempt));
    if (late.isStuck) this.#tell(late, true);
    return true;
  }

  #tell({ attempt, since }: Late, hasEnded: boolean): void {
    this.#options.onStuck({ ...attempt, lateMs: Math.round(performance.now() - since), hasEnded });
  }
}
