/**
 * A task that was running so many times in a row when its worker was lost is a suspect: it runs with no other task beside it, so
 * that the next loss tells whether it is the cause, and takes no other task with it.
 */
export const SUSPECT_LOSSES = 2;

/** With so many losses in a row a task fails, unless told otherwise: it was alone by then. At least one more than make a suspect. */
export const DEFAULT_MAX_LOSSES = 3;

/** What a task becomes that was running when its worker was lost, in SQL; `losses` and `most` are expressions. */
export function afterLoss(losses: string, most: string) {
  const isTooMany = `${losses} >= ${most}`;
  return {
    status: `CASE WHEN ${isTooMany} THEN 'failed' ELSE 'queued' END`,
    finishedAt: `CASE WHEN ${isTooMany} THEN clock_timestamp() END`,
    error: `CASE WHEN ${isTooMany} THEN format('The worker was lost each of the last %s times that it ran this task, '
      'the last time with no other task beside it; mend what ends it, then redrive the task', ${losses}) ELSE error END`,
  };
}
