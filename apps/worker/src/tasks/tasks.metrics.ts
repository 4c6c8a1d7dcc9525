import { Metrics } from '@balanza/runtime';
import { TaskRunner } from '@balanza/tasks';
import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';

/** Shows what the runner counts; nothing is counted a second time here. */
@Injectable()
export class TasksMetrics {
  constructor({ registry }: Metrics, runner: TaskRunner) {
    const registers = [registry];
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
  }
}
