import { Module } from '@nestjs/common';
import { LoadModule } from '../load/load.module.js';
import { TasksController } from './tasks.controller.js';
import { TasksLifecycle } from './tasks-lifecycle.service.js';
import { TasksMetrics } from './tasks.metrics.js';
import { taskProviders } from './tasks.providers.js';

/** Takes tasks, runs them and tells of them. */
@Module({
  imports: [LoadModule],
  controllers: [TasksController],
  providers: [...taskProviders, TasksLifecycle, TasksMetrics],
})
export class TasksModule {}
