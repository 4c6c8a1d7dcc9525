/** The worker has as many tasks waiting as it takes. Nothing was stored. */
export class QueueFullError extends Error {
  override readonly name = 'QueueFullError';
  /** When to try again. */
  readonly retryAfterSeconds = 5;

  /** @param limit how many tasks may wait */
  constructor(readonly limit: number) {
    super(`This worker has ${limit} tasks waiting, as many as it takes; try again later`);
  }
}

/** The runner has not taken up yet what an earlier process left, so it accepts nothing. */
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
