import type { TaskPayload } from '@balanza/contracts';
import type { NewTask } from './attempt.js';
import type { DatabaseClock } from './database-clock.js';
import { IdempotencyConflictError, QueueFullError, RunnerNotReadyError } from './errors.js';
import type { HeldAttempts } from './held-attempts.js';
import type { StoreOutage } from './store-outage.js';
import { newTask } from './task-request.js';
import type { WorkStore } from './work-store.js';

/** A task that was accepted, now or before under the same idempotency key. */
export interface Accepted {
  readonly task_id: string;
  /** The worker that took it in. */
  readonly worker_instance: string;
}

/** What an {@link Admission} goes by. */
export interface AdmissionOptions {
  readonly work: WorkStore;
  readonly held: HeldAttempts;
  readonly clock: DatabaseClock;
  readonly outage: StoreOutage;
  /** This process. */
  readonly instance: string;
  readonly maxQueued: number;
  readonly maxTotal: number;
  /** Whether tasks may be accepted at all. */
  readonly isReady: () => boolean;
  /** Hears of a task that was stored, and whether it has begun by that. */
  readonly onStored: (task: Omit<NewTask, 'begins'>, begins: boolean) => void;
}

/** What a worker takes in: within its bounds, and once for each idempotency key. */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #underWay = new Set<Promise<unknown>>();
  /** Of those that are being stored, how many begin by that. */
  #beginning = 0;
  /** How many tasks the other workers have in hand. */
  elsewhere = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** As `TaskRunner.accept`. */
  async accept(payload: TaskPayload, idempotencyKey?: string): Promise<Accepted> {
    const full = this.#fullness();
    const wanted = newTask(payload, idempotencyKey, this.#options.clock.now());
    if (full === undefined) return this.#store(wanted);
    const earlier = idempotencyKey === undefined ? undefined : await this.#earlier(wanted);
    if (earlier === undefined) throw full;
    return earlier;
  }

  /** @throws QueueFullError, RunnerNotReadyError where {@link accept} would */
  assertRoom(): void {
    const full = this.#fullness();
    if (full !== undefined) throw full;
  }

  /** Resolves once nothing of what is being accepted now is under way. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  /** @throws RunnerNotReadyError */
  #fullness(): QueueFullError | undefined {
    const { isReady, work, held, maxQueued, maxTotal } = this.#options;
    if (!isReady()) throw new RunnerNotReadyError();
    const waiting = work.queue.total + this.#underWay.size - this.#beginning;
    if (waiting >= maxQueued) return new QueueFullError(maxQueued);
    const all = waiting + this.#beginning + held.size + this.elsewhere;
    return all >= maxTotal ? new QueueFullError(maxTotal, 'total') : undefined;
  }

  async #store(wanted: Omit<NewTask, 'begins'>): Promise<Accepted> {
    const { work, held, instance, outage, onStored } = this.#options;
    // Whoever waits has been there before it.
    const begins = work.queue.ready === 0 && wanted.runAt === null && held.free > 0;
    const places = Number(begins);
    held.keep(places);
    this.#beginning += places;
    const stored = outage.watch(this, () => work.accept({ ...wanted, begins }));
    this.#underWay.add(stored);
    try {
      if (await stored) onStored(wanted, begins);
      else {
        const earlier = await this.#earlier(wanted);
        // Cleaned up between the two statements.
        if (earlier === undefined) throw new RunnerNotReadyError();
        return earlier;
      }
    } finally {
      this.#underWay.delete(stored);
      this.#beginning -= places;
      held.giveBack(places);
    }
    return { task_id: wanted.task_id, worker_instance: instance };
  }

  async #earlier(wanted: Pick<NewTask, 'idempotencyKey' | 'bodyHash'>): Promise<Accepted | undefined> {
    const earlier = await this.#options.work.findByKey(wanted.idempotencyKey ?? '');
    if (earlier === undefined) return undefined;
    const { task_id, worker_instance, body_hash } = earlier;
    if (wanted.bodyHash?.equals(body_hash) !== true) throw new IdempotencyConflictError();
    return { task_id, worker_instance };
  }
}
