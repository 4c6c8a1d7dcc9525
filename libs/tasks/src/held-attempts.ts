import { keyOf, type Attempt, type AttemptId } from './attempt.js';
import { AttemptLostError } from './errors.js';

interface Held {
  readonly attempt: Attempt;
  readonly control: AbortController;
  readonly done: Promise<void>;
}

/** What {@link HeldAttempts} carry out, and how many at once. */
export interface HeldAttemptsOptions {
  readonly concurrency: number;
  /** Carries an attempt out, until the signal is aborted. */
  readonly execute: (attempt: Attempt, signal: AbortSignal) => Promise<void>;
  /** Called when an attempt has begun, and when it is held no more. */
  readonly onBegun: (attempt: Attempt) => void;
  readonly onEnded: (attempt: Attempt) => void;
}

/**
 * The attempts that one worker carries out. Two of them may be of one task: an attempt that was cut off still ends while its
 * successor has begun here. So each is known by its number too, and neither can end or abort the other.
 */
export class HeldAttempts {
  readonly #options: HeldAttemptsOptions;
  readonly #held = new Map<string, Held>();
  /** How many attempts of a task are held, where there are any. */
  readonly #perTask = new Map<string, number>();
  /** Places for attempts that are about to begin. */
  #kept = 0;
  #closed = false;

  constructor(options: HeldAttemptsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Places in which nothing runs, and nothing is about to. */
  get free(): number {
    return this.#options.concurrency - this.#held.size - this.#kept;
  }

  has(attempt: AttemptId): boolean {
    return this.#held.has(keyOf(attempt));
  }

  hasTask(taskId: string): boolean {
    return this.#perTask.has(taskId);
  }

  /** Each of them. */
  ids(): AttemptId[] {
    return Array.from(this.#held.values(), ({ attempt: { task_id, attempt } }) => ({ task_id, attempt }));
  }

  /** Keeps places for attempts that are about to begin, until they are given back. */
  keep(places: number): void {
    this.#kept += places;
  }

  giveBack(places: number): void {
    this.#kept -= places;
  }

  /** Attempts have begun in the store, and begin here, unless these are closed. */
  begin(attempts: readonly Attempt[]): void {
    if (this.#closed) return;
    for (const attempt of attempts) {
      const control = new AbortController();
      const { task_id } = attempt;
      const done = this.#carryOut(attempt, control.signal);
      this.#held.set(keyOf(attempt), { attempt, control, done });
      this.#perTask.set(task_id, (this.#perTask.get(task_id) ?? 0) + 1);
      this.#options.onBegun(attempt);
    }
  }

  /** Gives up an attempt that is not this worker's any more; one that is not held has ended anyway. */
  abort(attempt: AttemptId): void {
    this.#held.get(keyOf(attempt))?.control.abort(new AttemptLostError());
  }

  abortAll(): void {
    for (const { control } of this.#held.values()) control.abort(new AttemptLostError());
  }

  /** Nothing begins any more. */
  close(): void {
    this.#closed = true;
  }

  /** Resolves once all that are held now have ended. */
  async ended(): Promise<void> {
    await Promise.all(Array.from(this.#held.values(), ({ done }) => done));
  }

  async #carryOut(attempt: Attempt, signal: AbortSignal): Promise<void> {
    // One that was given up has ended as well.
    await this.#options.execute(attempt, signal).catch(() => undefined);
    this.#release(attempt);
    this.#options.onEnded(attempt);
  }

  #release(attempt: AttemptId): void {
    this.#held.delete(keyOf(attempt));
    const left = (this.#perTask.get(attempt.task_id) ?? 0) - 1;
    if (left > 0) this.#perTask.set(attempt.task_id, left);
    else this.#perTask.delete(attempt.task_id);
  }
}
