import { REFUSED_HEADER } from '@balanza/contracts';
import { ContractException } from '@balanza/runtime';
import { QueueFullError, RunnerNotReadyError } from '@balanza/tasks';

/** Gives errors that say that nothing was stored the answer by which the balancer asks another worker; others stay what they are. */
export function asRefusal(error: unknown): unknown {
  if (!(error instanceof QueueFullError) && !(error instanceof RunnerNotReadyError)) return error;
  const headers = { 'retry-after': String(error.retryAfterSeconds), [REFUSED_HEADER]: '1' };
  return new ContractException(503, error.message, { headers });
}
