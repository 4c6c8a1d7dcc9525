import type { TaskPayload } from '@balanza/contracts';
import { setTimeout } from 'node:timers/promises';
import { Adoption } from './adoption.js';
import { executeAttempt, type AttemptExecution } from './attempt-execution.js';
import type { Attempt, NewTask } from './attempt.js';
import { Doorbell } from './doorbell.js';
import { AttemptLostError, IdempotencyConflictError, QueueFullError, RunnerNotReadyError } from './errors.js';
import { HeldAttempts } from './held-attempts.js';
import { LeaseKeeper } from './lease-keeper.js';
import type { LeaseNews } from './lease-store.js';
import type { Adopted } from './orphan-store.js';
import { persist } from './persist.js';
import type { QueueCount } from './queue-count.js';
import { StoreRetry } from './store-retry.js';
import { StrayAttempts } from './stray-attempts.js';
import { newTask } from './task-request.js';
import { TASK_RUNNER_DEFAULTS, type TaskRunnerOptions } from './task-runner-options.js';

/** For how long the end of the lease is tried, in milliseconds. */
const END_LEASE_MS = 1_000;

/** A task that was accepted, now or before under the same idempotency key. */
export interface Accepted {
  readonly task_id: string;
  /** The worker that took it in. */
  readonly worker_instance: string;
}

/**
 * Runs the tasks of one worker: a bounded number at once, by priority and then the oldest first.
 *
 * Whoever accepts a task runs it, so that whoever balances the acceptances balances the work. The queue is in the
 * database; memory holds what runs and how many wait. A worker that is silent for longer than its lease loses its tasks
 * to the others. While the database is away nothing is lost: claims and outcomes are repeated until they
 * succeed.
 */
export class TaskRunner {
  readonly #options: Required<TaskRunnerOptions>;
  readonly #execution: AttemptExecution;
  readonly #retry: StoreRetry;
  readonly #lease: LeaseKeeper;
  readonly #bell = new Doorbell();
  readonly #held = new HeldAttempts();
  /** Places kept for tasks that begin as soon as they are stored. */
  #reserved = 0;
  /** Places kept for the attempts that a claim is about to begin. */
  #claiming = 0;
  #due = false;
  readonly #acceptances = new Set<Promise<unknown>>();
  #elsewhere = 0;
  readonly #adoption: Adoption;
  readonly #stray: StrayAttempts;
  #recovered = false;
  #ended = false;
  #loop: Promise<void> | undefined;
  readonly #started = Promise.withResolvers<void>();
  /** Aborted to claim no more. */
  readonly #stop = new AbortController();

  constructor(options: TaskRunnerOptions) {
    const own = {
      ...TASK_RUNNER_DEFAULTS,
      onChange: () => undefined,
      onTask: () => undefined,
      onStoreState: () => undefined,
      now: () => performance.now(),
      random: Math.random,
      ...options,
    };
    this.#options = own;
    this.#retry = new StoreRetry(own.onStoreState);
    this.#stray = new StrayAttempts(own.now);
    this.#adoption = new Adoption({
      orphans: own.orphans,
      onAdopted: (adopted) => this.#takeAdopted(adopted),
    });
    this.#execution = { ...own, store: own.work, storeRetry: this.#retry };
    this.#lease = new LeaseKeeper({
      now: own.now,
      renew: () => own.leases.renew(this.#held.ids(), this.activeTasks),
      onNews: (news) => this.#hear(news),
      // Whoever writes meanwhile says so.
      onFailure: () => undefined,
    });
  }

  /** Tasks accepted and not yet finished. */
  get activeTasks(): number {
    return this.queuedTasks + this.#held.size;
  }

  /** Of {@link activeTasks}, those that wait. */
  get queuedTasks(): number {
    return this.#ended ? 0 : this.#queue.total;
  }

  get #queue(): QueueCount {
    return this.#options.work.queue;
  }

  /** Most tasks that run at once. */
  get concurrency(): number {
    return this.#options.concurrency;
  }

  /** Whether the runner has a lease, and is not ending. */
  get ready(): boolean {
    return this.#recovered && this.#lease.isValid;
  }

  /**
   * Begins to run tasks, those that an earlier process of this name left first. Idempotent, and not after `stop`.
   *
   * @returns what resolves once the runner is {@link ready}, however long the database is away, or stopped
   */
  start(): Promise<void> {
    this.#loop ??= this.#work(this.#stop.signal)
      .catch(() => undefined)
      .finally(() => this.#started.resolve());
    return this.#started.promise;
  }

  /**
   * Accepts and begins no more tasks, and waits for those that are being accepted, and for those that run, at most
   * `timeoutMs`. What is left is for other workers, or the next start. Idempotent.
   */
  async stop(timeoutMs: number): Promise<void> {
    this.#recovered = false;
    this.#stop.abort();
    this.#bell.ring();
    const patience = new AbortController();
    const finished = Promise.allSettled([this.#loop, ...this.#acceptances]).then(() => this.#held.ended());
    await Promise.race([
      finished,
      setTimeout(timeoutMs, undefined, { signal: patience.signal }).catch(() => undefined),
    ]);
    patience.abort();
    this.#held.abortAll(new AttemptLostError());
    await finished;
    await this.#lease.stop();
    if (this.#loop !== undefined) await this.#endLease();
    this.#ended = true;
    this.#options.onChange();
  }

  /**
   * Stores a task, to be run in its turn. One that came before under the same key is given again, also when there is no room
   * for another.
   *
   * @returns its id, once it is on disk
   * @throws QueueFullError, RunnerNotReadyError, IdempotencyConflictError, and as the store does
   */
  async accept(payload: TaskPayload, idempotencyKey?: string): Promise<Accepted> {
    const { work, instance } = this.#options;
    const full = this.#fullness();
    const wanted = newTask(payload, idempotencyKey);
    if (full !== undefined) {
      const earlier = idempotencyKey === undefined ? undefined : await this.#earlier(wanted);
      if (earlier === undefined) throw full;
      return earlier;
    }
    const begins = this.#queue.ready === 0 && wanted.runAt === null && this.#free > 0;
    if (begins) this.#reserved++;
    const acceptance = work.accept({ ...wanted, begins });
    this.#acceptances.add(acceptance);
    try {
      if (!(await acceptance)) {
        const earlier = await this.#earlier(wanted);
        // Cleaned up between the two statements.
        if (earlier === undefined) throw new RunnerNotReadyError();
        return earlier;
      }
      this.#take(wanted, begins);
    } finally {
      this.#acceptances.delete(acceptance);
      if (begins) this.#reserved--;
    }
    return { task_id: wanted.task_id, worker_instance: instance };
  }

  /** Lets go of an attempt that somebody else has ended, sooner than the next renewal would tell. */
  async verify(taskId: string): Promise<void> {
    if (this.#held.hasTask(taskId)) await this.#lease.renew().catch(() => undefined);
  }

  /** A task was put into this worker's queue by other means than {@link accept}: resolves once it is counted. */
  async queuedFromOutside(): Promise<void> {
    await this.#lease.renew().catch(() => undefined);
  }

  /** @throws QueueFullError, RunnerNotReadyError where {@link accept} would */
  assertRoom(): void {
    const full = this.#fullness();
    if (full !== undefined) throw full;
  }

  /** @throws RunnerNotReadyError */
  #fullness(): QueueFullError | undefined {
    const { maxQueued, maxTotal } = this.#options;
    if (!this.ready) throw new RunnerNotReadyError();
    if (this.queuedTasks + this.#acceptances.size - this.#reserved >= maxQueued)
      return new QueueFullError(maxQueued);
    if (this.activeTasks + this.#acceptances.size + this.#elsewhere >= maxTotal) {
      return new QueueFullError(maxTotal, 'total');
    }
    return undefined;
  }

  #take(task: Omit<NewTask, 'begins'>, begins: boolean): void {
    const { task_id, payload } = task;
    if (begins) this.#begin([{ task_id, payload, attempt: 1, failures: 0 }]);
    else this.#bell.ring();
    this.#options.onChange();
    this.#options.onTask(task_id);
  }

  async #earlier(wanted: Pick<NewTask, 'idempotencyKey' | 'bodyHash'>): Promise<Accepted | undefined> {
    const earlier = await this.#options.work.findByKey(wanted.idempotencyKey ?? '');
    if (earlier === undefined) return undefined;
    const { task_id, worker_instance, body_hash } = earlier;
    if (wanted.bodyHash?.equals(body_hash) !== true) throw new IdempotencyConflictError();
    return { task_id, worker_instance };
  }

  async #work(signal: AbortSignal): Promise<void> {
    await this.#retry.run(async () => {
      await this.#options.leases.replacePredecessors();
      await this.#lease.renew();
    }, signal);
    this.#lease.start();
    await this.#retry.run(() => this.#adoption.takePredecessors(), signal);
    this.#recovered = !signal.aborted;
    this.#started.resolve();
    while (!signal.aborted) {
      const more = await this.#retry.run(() => this.#fill(signal), signal);
      if (!more) await this.#bell.rest();
    }
  }

  /** Places in which nothing runs, and nothing is about to. */
  get #free(): number {
    return this.#options.concurrency - this.#held.size - this.#reserved - this.#claiming;
  }

  /**
   * Sees to it that whatever can run here does.
   *
   * @returns whether there may be more to do at once
   */
  async #fill(signal: AbortSignal): Promise<boolean> {
    const orphansLeft = await this.#adoption.takeOrphans(this.#free - this.#queue.ready);
    if (this.#due) this.#due = await this.#options.work.promoteDue();
    signal.throwIfAborted();
    const free = this.#free;
    const isFull = free > 0 && this.#queue.ready > 0 && (await this.#claim(free)) === free;
    return orphansLeft || this.#due || isFull;
  }

  /** @returns how many attempts have begun; fewer than there are places when no more tasks are ready */
  async #claim(places: number): Promise<number> {
    this.#claiming = places;
    try {
      const attempts = await this.#options.work.claim(places);
      this.#begin(attempts);
      if (attempts.length > 0) this.#options.onChange();
      return attempts.length;
    } finally {
      this.#claiming = 0;
    }
  }

  #takeAdopted(adopted: Adopted): void {
    this.#queue.change(adopted.transaction, adopted);
    this.#elsewhere = Math.max(0, this.#elsewhere - adopted.count);
    this.#options.onChange();
    for (const taskId of adopted.cut_off) this.#options.onTask(taskId);
  }

  /** What has begun in the store begins here, unless the runner has been stopped meanwhile: then the end of its lease undoes it. */
  #begin(attempts: readonly Attempt[]): void {
    if (this.#stop.signal.aborted) return;
    for (const attempt of attempts) {
      this.#held.begin(attempt, (signal) => this.#execute(attempt, signal));
      this.#options.onTask(attempt.task_id);
    }
  }

  /** Where the database stays away, the lease lapses by itself. */
  async #endLease(): Promise<void> {
    const patience = { signal: AbortSignal.timeout(END_LEASE_MS), onFailure: () => undefined };
    await persist(() => this.#options.leases.end(), patience).catch(() => undefined);
  }

  async #execute(attempt: Attempt, signal: AbortSignal): Promise<void> {
    try {
      await executeAttempt(attempt, this.#execution, signal);
    } catch {
      // Given up.
    }
    this.#held.release(attempt);
    this.#options.onChange();
    this.#options.onTask(attempt.task_id);
    this.#bell.ring();
  }

  #hear(news: LeaseNews): void {
    for (const attempt of news.lost) this.#held.abort(attempt, new AttemptLostError());
    this.#elsewhere = news.elsewhere;
    this.#adoption.noteGone(news.others_gone);
    this.#due = news.due;
    const before = this.activeTasks;
    this.#queue.correct(news, news.snapshot);
    if (this.activeTasks !== before) this.#options.onChange();
    const lasting = this.#stray.lasting(news.stray.filter((attempt) => !this.#held.has(attempt)));
    if (lasting.length > 0) void this.#options.work.putBack(lasting).catch(() => undefined);
    this.#bell.ring();
  }
}
