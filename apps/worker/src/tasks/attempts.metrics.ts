import { Metrics } from '@balanza/runtime';
import type { AttemptEnd } from '@balanza/tasks';
import { Injectable } from '@nestjs/common';
import { Histogram } from 'prom-client';

/** Seconds: from a task that only reads its payload to one that takes the longest time allowed unless set. */
const BUCKETS = [0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600];

/** How long attempts take, and how they end. */
@Injectable()
export class AttemptsMetrics {
  readonly #durations: Histogram<'task' | 'outcome'>;

  constructor({ registry }: Metrics) {
    this.#durations = new Histogram({
      name: 'balanza_task_attempt_duration_seconds',
      help:
        'Time of an attempt, by the name of its handler (empty where it has none) and how it ended: completed, failed, ' +
        'retried, or given up since its task was cancelled, taken over or put back',
      labelNames: ['task', 'outcome'],
      buckets: BUCKETS,
      registers: [registry],
    });
  }

  observe({ task, outcome, seconds }: AttemptEnd): void {
    this.#durations.observe({ task, outcome }, seconds);
  }
}
