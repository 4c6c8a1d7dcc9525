import { DatabasePool } from '@balanza/postgres';
import { Metrics, showPools } from '@balanza/runtime';
import { TaskRunner } from '@balanza/tasks';
import { Inject, Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { LEASE_POOL } from './database.providers.js';

/** Shows what the runner and the pools count; nothing is counted a second time here. */
@Injectable()
export class TasksMetrics {
  constructor(
    metrics: Metrics,
    runner: TaskRunner,
    pool: DatabasePool,
    @Inject(LEASE_POOL) leasePool: DatabasePool,
  ) {
    const registers = [metrics.registry];
    new Gauge({
      name: 'balanza_worker_active_tasks',
      help: 'Tasks accepted by this worker and not yet finished',
      registers,
      collect() {
        this.set(runner.activeTasks);
      },
    });
    new Gauge({
      name: 'balanza_worker_queued_tasks',
      help: 'Of the active tasks, those that wait to run',
      registers,
      collect() {
        this.set(runner.queuedTasks);
      },
    });
    new Gauge({
      name: 'balanza_worker_stuck_handlers',
      help: 'Handlers that are at work although their attempts ended over 5 s ago; each keeps one of TASK_CONCURRENCY places',
      registers,
      collect() {
        this.set(runner.stuckHandlers);
      },
    });
    showPools(metrics, { tasks: pool, lease: leasePool });
  }
}
