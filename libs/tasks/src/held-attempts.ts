import { keyOf, type Attempt, type AttemptId } from './attempt.js';

interface Held {
  readonly attempt: Attempt;
  readonly control: AbortController;
  readonly done: Promise<void>;
}

/**
 * The attempts that one worker carries out. Two of them may be of one task: an attempt that was cut off still ends while its
 * successor has begun here. So each is known by its number too, and neither can end or abort the other.
 */
export class HeldAttempts {
  readonly #held = new Map<string, Held>();
  /** How many attempts of a task are held, where there are any. */
  readonly #perTask = new Map<string, number>();

  get size(): number {
    return this.#held.size;
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

  /** @param execute carries the attempt out, until the signal is aborted, and {@link release}s it before it resolves */
  begin(attempt: Attempt, execute: (signal: AbortSignal) => Promise<void>): void {
    const control = new AbortController();
    const { task_id } = attempt;
    this.#held.set(keyOf(attempt), { attempt, control, done: execute(control.signal) });
    this.#perTask.set(task_id, (this.#perTask.get(task_id) ?? 0) + 1);
  }

  release(attempt: AttemptId): void {
    if (!this.#held.delete(keyOf(attempt))) return;
    const left = (this.#perTask.get(attempt.task_id) ?? 0) - 1;
    if (left > 0) this.#perTask.set(attempt.task_id, left);
    else this.#perTask.delete(attempt.task_id);
  }

  /** Gives up an attempt; one that is not held any more has ended anyway. */
  abort(attempt: AttemptId, reason: Error): void {
    this.#held.get(keyOf(attempt))?.control.abort(reason);
  }

  abortAll(reason: Error): void {
    for (const { control } of this.#held.values()) control.abort(reason);
  }

  /** Resolves once all that are held now have ended. */
  async ended(): Promise<void> {
    await Promise.all(Array.from(this.#held.values(), ({ done }) => done));
  }
}
