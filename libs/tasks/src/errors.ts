/** The worker, or all of them together, have as many tasks as they take. Nothing was stored. */
export class QueueFullError extends Error {
  override readonly name = 'QueueFullError';
  /** When to try again. */
  readonly retryAfterSeconds = 5;

  /**
   * @param limit how many tasks may wait
   * @param where `total` when it is the workers together that have so many
   */
  constructor(
    readonly limit: number,
    where: 'here' | 'total' = 'here',
  ) {
    super(
      where === 'here'
        ? `This worker has ${limit} tasks waiting, as many as it takes; try again later`
        : `The workers have ${limit} tasks in hand, as many as they take together; try again later`,
    );
  }
}

/** The runner has no lease now, so it accepts nothing. */
export class RunnerNotReadyError extends Error {
  override readonly name = 'RunnerNotReadyError';
  /** When to try again. */
  readonly retryAfterSeconds = 1;

  constructor() {
    super(
      'This worker does not accept tasks now, because it has not reached the database yet or is ending; try again',
    );
  }
}

/** The `Idempotency-Key` came before, with another body. Nothing was stored. */
export class IdempotencyConflictError extends Error {
  override readonly name = 'IdempotencyConflictError';

  constructor() {
    super('This Idempotency-Key came before with another body; use a new key for a new task');
  }
}

/** Thrown by a handler whose task would fail again however often it is tried. */
export class PermanentTaskError extends Error {
  override readonly name: string = 'PermanentTaskError';
}

/** An attempt took longer than its handler allows. */
export class TimeLimitError extends Error {
  override readonly name = 'TimeLimitError';

  constructor(seconds: number) {
    super(`The attempt did not end within ${seconds} s`);
  }
}

/** The attempt is not the worker's any more: its task was cancelled, or another worker has taken it over. */
export class AttemptLostError extends Error {
  override readonly name = 'AttemptLostError';

  constructor() {
    super('The task was cancelled or taken over');
  }
}

/** The limit of watchers of this worker is reached. */
export class TooManyWatchersError extends Error {
  override readonly name = 'TooManyWatchersError';
  /** When to try again. */
  readonly retryAfterSeconds = 5;

  constructor(limit: number) {
    super(`Too many tasks are watched through this worker (limit ${limit}); try again later`);
  }
}
