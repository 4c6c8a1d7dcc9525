import type { TaskPayload } from '@balanza/contracts';
import { setTimeout } from 'node:timers/promises';
import { executeAttempt } from './attempt-execution.js';
import { Doorbell } from './doorbell.js';
import { QueueFullError, RunnerNotReadyError } from './errors.js';
import { StoreRetry } from './store-retry.js';
import type { Attempt, TaskStore } from './task-store.js';

/** What a {@link TaskRunner} runs, and how much of it. */
export interface TaskRunnerOptions {
  readonly store: TaskStore;
  /** The name under which tasks are accepted; a restarted worker with the same name goes on with them. */
  readonly owner: string;
  /** This process. */
  readonly instance: string;
  /** Does the work; what it returns becomes the result, what it throws the error. Aborted when `stop` gives it up. */
  readonly handler: (attempt: Attempt, signal: AbortSignal) => Promise<unknown>;
  /** Most tasks that run at once. */
  readonly concurrency?: number;
  /** Most tasks that wait. */
  readonly maxQueued?: number;
  /** Called when {@link TaskRunner.activeTasks} may have changed. */
  readonly onChange?: () => void;
  /** Called when the store stops working, with the reason, and without one when it works again. */
  readonly onStoreState?: (problem?: string) => void;
}

/** Tasks that run at once, unless told otherwise. */
export const DEFAULT_CONCURRENCY = 10;
/** Tasks that may wait, unless told otherwise. */
export const DEFAULT_MAX_QUEUED = 10_000;

/** How often the store is asked without a reason, for tasks stored by a statement whose answer was lost. */
const POLL_MS = 5_000;

/**
 * Runs the tasks of one owner, a bounded number at once, oldest first.
 *
 * The queue is in the database; memory holds what runs and how many wait. While the database is away nothing is lost:
 * claims and outcomes are repeated until they succeed. A process that dies leaves its tasks to the next `start`.
 */
export class TaskRunner {
  readonly #options: Required<TaskRunnerOptions>;
  readonly #retry: StoreRetry;
  readonly #running = new Map<string, Promise<void>>();
  readonly #bell = new Doorbell();
  /** Accepted and not finished; changed by what happens here, and set right whenever the queue is seen empty. */
  #unfinished = 0;
  #accepting = 0;
  /** Of this process, so far. */
  #acceptedTotal = 0;
  /** The last claim failed, but only its answer may have been lost, after it took effect. */
  #claimInDoubt = false;
  #loop: Promise<void> | undefined;
  #recovered = false;
  /** Aborted to claim no more. */
  #stop = new AbortController();
  /** Aborted to give up what runs. */
  #abandon = new AbortController();

  constructor(options: TaskRunnerOptions) {
    this.#options = {
      concurrency: DEFAULT_CONCURRENCY,
      maxQueued: DEFAULT_MAX_QUEUED,
      onChange: () => undefined,
      onStoreState: () => undefined,
      ...options,
    };
    this.#retry = new StoreRetry(this.#options.onStoreState);
  }

  /** Tasks accepted and not yet finished. */
  get activeTasks(): number {
    return Math.max(this.#unfinished, this.#running.size);
  }

  /** Of {@link activeTasks}, those that wait. */
  get queuedTasks(): number {
    return this.activeTasks - this.#running.size;
  }

  /** Whether what an earlier process left has been taken up, and the runner is not ending. */
  get recovered(): boolean {
    return this.#recovered;
  }

  /** Begins to run tasks, those that an earlier process of this owner left first. Idempotent. */
  start(): void {
    if (this.#loop !== undefined) return;
    this.#stop = new AbortController();
    this.#abandon = new AbortController();
    this.#loop = this.#work(this.#stop.signal).catch(() => undefined);
  }

  /**
   * Accepts and begins no more tasks, and waits for those that run, at most `timeoutMs`. What is left stays in the
   * database for the next start. Idempotent.
   */
  async stop(timeoutMs: number): Promise<void> {
    if (this.#loop === undefined) return;
    this.#stop.abort();
    this.#recovered = false;
    this.#bell.ring();
    const giveUp = new AbortController();
    const finished = this.#loop.then(() => Promise.all(this.#running.values()));
    await Promise.race([finished, setTimeout(timeoutMs, undefined, giveUp).catch(() => undefined)]);
    giveUp.abort();
    this.#abandon.abort();
    await finished;
    this.#loop = undefined;
  }

  /**
   * Stores a task, to be run in its turn.
   *
   * @returns its id, once it is on disk
   * @throws QueueFullError, RunnerNotReadyError, and as the store does
   */
  async accept(payload: TaskPayload): Promise<string> {
    const { store, owner, instance, maxQueued } = this.#options;
    if (!this.#recovered) throw new RunnerNotReadyError();
    if (this.queuedTasks + this.#accepting >= maxQueued) throw new QueueFullError(maxQueued);
    this.#accepting++;
    let taskId;
    try {
      taskId = await store.accept(owner, instance, payload);
    } finally {
      this.#accepting--;
    }
    this.#acceptedTotal++;
    this.#unfinished++;
    this.#options.onChange();
    this.#bell.ring();
    return taskId;
  }

  async #work(signal: AbortSignal): Promise<void> {
    await this.#retry.run(() => this.#recover(), signal);
    const { concurrency } = this.#options;
    let look = true;
    while (!signal.aborted) {
      const free = concurrency - this.#running.size;
      if (free > 0 && look) {
        const claimed = await this.#retry.run(() => this.#claim(free), signal);
        look = claimed === free;
      } else {
        await this.#bell.rest(POLL_MS);
        look = true;
      }
    }
  }

  /** Takes up what an earlier process of this owner left. */
  async #recover(): Promise<void> {
    const { store, owner } = this.#options;
    await store.release(owner);
    this.#unfinished = await store.countQueued(owner);
    this.#recovered = !this.#stop.signal.aborted;
    this.#options.onChange();
  }

  /** @returns how many attempts have begun */
  async #claim(free: number): Promise<number> {
    const { store, owner, instance } = this.#options;
    if (this.#claimInDoubt) await store.release(owner, [...this.#running.keys()]);
    const accepted = this.#acceptedTotal;
    const quiet = this.#accepting === 0;
    this.#claimInDoubt = true;
    const attempts = await store.claim(owner, instance, free);
    this.#claimInDoubt = false;
    for (const attempt of attempts) this.#running.set(attempt.task_id, this.#execute(attempt));
    const queueEmpty = attempts.length < free;
    if (queueEmpty && quiet && this.#accepting === 0 && this.#acceptedTotal === accepted) {
      this.#unfinished = this.#running.size;
      this.#options.onChange();
    }
    return attempts.length;
  }

  async #execute(attempt: Attempt): Promise<void> {
    const { store, handler } = this.#options;
    const { signal } = this.#abandon;
    try {
      await executeAttempt(attempt, { store, handler, retry: this.#retry, signal });
    } catch {
      // Given up by `stop`.
    } finally {
      this.#running.delete(attempt.task_id);
      if (!signal.aborted) this.#unfinished = Math.max(0, this.#unfinished - 1);
      this.#options.onChange();
      this.#bell.ring();
    }
  }
}
