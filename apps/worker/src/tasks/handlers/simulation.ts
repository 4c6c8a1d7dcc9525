import type { TaskDefinition } from '@balanza/tasks';
import { setTimeout } from 'node:timers/promises';

/** How much longer than it takes the simulation may take, in seconds. */
const GRACE_S = 60;

/** What the work of a task comes to. */
export interface SimulationResult {
  /** Seconds it took. */
  readonly duration: number;
}

/** Stands for the work of tasks that have no handler: it takes its time. */
export function simulation(
  seconds: number,
  timeLimitS: number,
): TaskDefinition<Record<string, unknown>, SimulationResult> {
  return {
    timeLimitS: Math.max(timeLimitS, seconds + GRACE_S),
    async handle(_payload, { signal }) {
      await setTimeout(seconds * 1000, undefined, { signal });
      return { duration: seconds };
    },
  };
}
