import { setTimeout } from 'node:timers/promises';

/** What the work of a task comes to. */
export interface WorkResult {
  /** Seconds it took. */
  readonly duration: number;
}

/** Stands for the work that a real worker does: it takes its time. */
export async function simulateWork(seconds: number, signal: AbortSignal): Promise<WorkResult> {
  await setTimeout(seconds * 1000, undefined, { signal });
  return { duration: seconds };
}
