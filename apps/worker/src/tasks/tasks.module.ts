import { TaskHandlerExplorer } from '@balanza/tasks/nest';
import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { LoadModule } from '../load/load.module.js';
import { databaseProviders } from './database.providers.js';
import { AttemptsMetrics } from './attempts.metrics.js';
import { CountWordsHandler } from './handlers/count-words.handler.js';
import { TaskEventsController } from './task-events.controller.js';
import { TasksController } from './tasks.controller.js';
import { TasksLifecycle } from './tasks-lifecycle.service.js';
import { TasksMetrics } from './tasks.metrics.js';
import { taskProviders } from './tasks.providers.js';

/** Takes tasks, runs them and tells of them. Handlers are providers like any other; these are those of the lab. */
@Module({
  imports: [LoadModule, DiscoveryModule],
  controllers: [TasksController, TaskEventsController],
  providers: [
    ...databaseProviders,
    ...taskProviders,
    TaskHandlerExplorer,
    CountWordsHandler,
    AttemptsMetrics,
    TasksLifecycle,
    TasksMetrics,
  ],
})
export class TasksModule {}
