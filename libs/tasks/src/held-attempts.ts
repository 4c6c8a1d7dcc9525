import { AsyncLocalStorage } from 'node:async_hooks';
import { keyOf, type Attempt, type AttemptId } from './attempt.js';
import type { RunningAttempt } from './attempt-execution.js';
import { AttemptLostError } from './errors.js';
import { LateHandlers, type StuckHandler } from './late-handlers.js';

interface Held {
  readonly attempt: Attempt;
  readonly control: AbortController;
  readonly done: Promise<void>;
}

/** What {@link HeldAttempts} carry out, and how many at once. */
export interface HeldAttemptsOptions {
  readonly concurrency: number;
  /** Carries an attempt out, until the signal is aborted. */
  readonly execute: (attempt: Attempt, signal: AbortSignal) => RunningAttempt;
  /** Called when an attempt has begun, and when it is held no more. */
  readonly onBegun: (attempt: Attempt) => void;
  readonly onEnded: (attempt: Attempt) => void;
  /** Called when a place has come free that a handler kept for longer than its attempt was held. */
  readonly onFreed: () => void;
  /** Called when a handler is still at work so long after its attempt has ended, and when it then ends after all. */
  readonly onStuck: (handler: StuckHandler) => void;
  readonly stuckAfterMs: number;
}

/**
 * The attempts that one worker carries out. Two of them may be of one task: an attempt whose end is still being written while
 * its successor has begun here. So each is known by its number too, and neither can end or abort the other.
 *
 * A handler that goes on when its attempt has ended keeps its place, so that no more handlers are at work than there are
 * places, and never two on one task.
 */
export class HeldAttempts {
  readonly #options: HeldAttemptsOptions;
  readonly #held = new Map<string, Held>();
  /** Tasks on which a handler is at work, and in which attempt. */
  readonly #working = new Map<string, number>();
  readonly #late: LateHandlers;
  /** The attempt beside which nothing begins. */
  #alone: Attempt | undefined;
  /** Places for attempts that are about to begin. */
  #kept = 0;
  /** An attempt outlives the request that stored its task, and may come after another's: it belongs to none. */
  readonly #outside = AsyncLocalStorage.snapshot();
  #closed = false;

  constructor(options: HeldAttemptsOptions) {
    this.#options = options;
    this.#late = new LateHandlers(options);
  }

  get size(): number {
    return this.#held.size;
  }

  /** Whether nothing runs, or is about to. */
  get isIdle(): boolean {
    return this.#held.size === 0 && this.#kept === 0;
  }

  /** Places in which nothing runs, and nothing is about to; none beside an attempt that is to be alone. */
  get free(): number {
    if (this.#alone !== undefined) return 0;
    return this.#options.concurrency - this.#held.size - this.#late.size - this.#kept;
  }

  /** Handlers that are stuck: at work for long after their attempts have ended. */
  get stuck(): number {
    return this.#late.stuck;
  }

  /** Tasks whose earlier attempts have ended while their handlers have not: none of them can begin here. */
  get lateTasks(): string[] {
    return this.#late.taskIds;
  }

  has(attempt: AttemptId): boolean {
    return this.#held.has(keyOf(attempt));
  }

  /** Whether a handler is at work on the task. */
  worksOn(taskId: string): boolean {
    return this.#working.has(taskId);
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
      if (attempt.alone === true) this.#alone = attempt;
      this.#working.set(attempt.task_id, attempt.attempt);
      const done = this.#carryOut(attempt, this.#outside(this.#options.execute, attempt, control.signal));
      this.#held.set(keyOf(attempt), { attempt, control, done });
      this.#options.onBegun(attempt);
    }
  }

  /** Gives up an attempt that is not this worker's any more; one that is not held has ended anyway. */
  abort(attempt: AttemptId): void {
    this.#held.get(keyOf(attempt))?.control.abort(new AttemptLostError());
  }

  /** Gives up the attempt of a task that is at work here, since a later one has begun. */
  abortTask(taskId: string): void {
    for (const { attempt, control } of this.#held.values()) {
      if (attempt.task_id === taskId) control.abort(new AttemptLostError());
    }
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

  async #carryOut(attempt: Attempt, { ended, settled }: RunningAttempt): Promise<void> {
    void this.#keepPlace(attempt, settled);
    // One that was given up has ended as well.
    await ended.catch(() => undefined);
    this.#held.delete(keyOf(attempt));
    if (this.#alone === attempt) this.#alone = undefined;
    if (this.#isAtWork(attempt)) this.#late.add(attempt);
    this.#options.onEnded(attempt);
  }

  async #keepPlace(attempt: Attempt, settled: Promise<void>): Promise<void> {
    await settled;
    if (this.#isAtWork(attempt)) this.#working.delete(attempt.task_id);
    if (this.#late.delete(attempt)) this.#options.onFreed();
  }

  #isAtWork({ task_id, attempt }: AttemptId): boolean {
    return this.#working.get(task_id) === attempt;
  }
}
