import type { TaskPayload } from '@balanza/contracts';
import { Admission, type Accepted } from './admission.js';
import { Adoption } from './adoption.js';
import type { AttemptId } from './attempt.js';
import { executeAttempt, type AttemptExecution } from './attempt-execution.js';
import { ClaimLoop } from './claim-loop.js';
import { DatabaseClock } from './database-clock.js';
import { HeldAttempts } from './held-attempts.js';
import { LeaseKeeper } from './lease-keeper.js';
import type { LeaseNews } from './lease-store.js';
import { startTimer } from './long-timer.js';
import type { Adopted } from './orphan-store.js';
import type { QueueCount } from './queue-count.js';
import { StoreOutage } from './store-outage.js';
import { StoreRetry } from './store-retry.js';
import { StrayAttempts } from './stray-attempts.js';
import { withDefaults, type TaskRunnerOptions } from './task-runner-options.js';

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
  readonly #outage: StoreOutage;
  readonly #retry: StoreRetry;
  readonly #lease: LeaseKeeper;
  readonly #held: HeldAttempts;
  readonly #admission: Admission;
  readonly #adoption: Adoption;
  readonly #stray: StrayAttempts;
  readonly #claims: ClaimLoop;
  readonly #clock: DatabaseClock;
  #recovered = false;
  /** The attempt because of which the worker ends. */
  #culprit: AttemptId | undefined;
  #ended = false;
  #loop: Promise<void> | undefined;
  readonly #started = Promise.withResolvers<void>();
  /** Aborted to claim no more. */
  readonly #stop = new AbortController();

  constructor(options: TaskRunnerOptions) {
    const own = withDefaults(options);
    const { work, leases, orphans, onChange, onTask, now } = own;
    this.#options = own;
    this.#outage = new StoreOutage(own.onStoreState, now);
    this.#retry = new StoreRetry(this.#outage);
    this.#stray = new StrayAttempts(now);
    this.#clock = new DatabaseClock(now);
    const execution: AttemptExecution = { ...own, store: work, storeRetry: this.#retry };
    this.#held = new HeldAttempts({
      ...own,
      execute: (attempt, signal) => executeAttempt(attempt, execution, signal),
      onBegun: ({ task_id }) => onTask(task_id),
      onEnded: ({ task_id }) => {
        onChange();
        onTask(task_id);
        this.#claims.wake();
      },
      onFreed: () => this.#claims.wake(),
    });
    this.#admission = new Admission({
      ...own,
      clock: this.#clock,
      outage: this.#outage,
      held: this.#held,
      isReady: () => this.ready,
      onStored: ({ task_id, payload }, begins) => {
        if (begins) this.#held.begin([{ task_id, payload, attempt: 1, failures: 0 }]);
        else this.#claims.wake();
        onChange();
        onTask(task_id);
      },
    });
    this.#adoption = new Adoption({ orphans, onAdopted: (adopted) => this.#takeAdopted(adopted) });
    this.#claims = new ClaimLoop({
      work,
      held: this.#held,
      adoption: this.#adoption,
      retry: this.#retry,
      onClaimed: onChange,
    });
    this.#lease = new LeaseKeeper({
      now,
      renew: () => leases.renew(this.#held.ids(), this.activeTasks),
      end: () => leases.end(this.#culprit),
      onNews: (news) => this.#hear(news),
      // One renewal that fails is no outage: the lease lasts for three.
      onFailure: (error) => {
        if (!this.#lease.isValid) this.#outage.failed(this.#lease, error);
      },
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

  /** Handlers that are at work although their attempts ended long ago; each keeps one place. */
  get stuckHandlers(): number {
    return this.#held.stuck;
  }

  get #queue(): QueueCount {
    return this.#options.work.queue;
  }

  /** Most tasks that run at once. */
  get concurrency(): number {
    return this.#options.concurrency;
  }

  /** Why it cannot store tasks, where that has been tried within the last 5 s. */
  get problem(): string | undefined {
    return this.#outage.problem;
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
    this.#held.close();
    this.#claims.wake();
    const finished = Promise.all([this.#loop, this.#admission.settled()]).then(() => this.#held.ended());
    const { promise: timeIsUp, resolve } = Promise.withResolvers<void>();
    const endTimer = startTimer(resolve, timeoutMs);
    await Promise.race([finished, timeIsUp]);
    endTimer();
    this.#held.abortAll();
    await finished;
    await this.#lease.stop();
    this.#ended = true;
    this.#options.onChange();
  }

  /**
   * The process ends because of one attempt, as its handler left a rejected promise or an error that nothing catches. What runs
   * is for other workers at once, and only the task of that attempt counts the loss.
   *
   * @param culprit see `currentAttempt`
   */
  async abandon(culprit: AttemptId): Promise<void> {
    this.#culprit = culprit;
    await this.stop(0);
  }

  /**
   * Stores a task, to be run in its turn. One that came before under the same key is given again, also when there is no room
   * for another.
   *
   * @returns its id, once it is on disk
   * @throws QueueFullError, RunnerNotReadyError, IdempotencyConflictError, and as the store does
   */
  accept(payload: TaskPayload, idempotencyKey?: string): Promise<Accepted> {
    return this.#admission.accept(payload, idempotencyKey);
  }

  /** @throws QueueFullError, RunnerNotReadyError where {@link accept} would */
  assertRoom(): void {
    this.#admission.assertRoom();
  }

  /** Lets go of an attempt that somebody else has ended, sooner than the next renewal would tell. */
  async verify(taskId: string): Promise<void> {
    if (this.#held.worksOn(taskId)) await this.#lease.renew().catch(() => undefined);
  }

  /** A task was put into this worker's queue by other means than {@link accept}: resolves once it is counted. */
  async queuedFromOutside(): Promise<void> {
    await this.#lease.renew().catch(() => undefined);
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
    await this.#claims.run(signal);
  }

  #takeAdopted(adopted: Adopted): void {
    this.#queue.change(adopted.transaction, adopted);
    this.#admission.elsewhere = Math.max(0, this.#admission.elsewhere - adopted.count);
    this.#options.onChange();
    for (const taskId of adopted.cut_off) this.#options.onTask(taskId);
  }

  #hear(news: LeaseNews): void {
    for (const attempt of news.lost) this.#held.abort(attempt);
    this.#clock.set(news.now);
    this.#outage.succeeded(this.#lease);
    this.#admission.elsewhere = news.elsewhere;
    this.#adoption.noteGone(news.others_gone);
    this.#claims.noteDue(news.due);
    const before = this.activeTasks;
    this.#queue.correct(news, news.snapshot);
    if (this.activeTasks !== before) this.#options.onChange();
    const lasting = this.#stray.lasting(news.stray.filter((attempt) => !this.#held.has(attempt)));
    if (lasting.length > 0) void this.#options.work.putBack(lasting).catch(() => undefined);
    this.#claims.wake();
  }
}
