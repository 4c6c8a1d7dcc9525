import { Module } from '@nestjs/common';
import { LoadGauge } from './load/load-gauge.service.js';
import { LoadReporter } from './load/load-reporter.service.js';
import { reportClientProvider } from './load/report-client.provider.js';
import { TasksController } from './tasks/tasks.controller.js';
import { TasksLifecycle } from './tasks/tasks-lifecycle.service.js';
import { taskProviders } from './tasks/tasks.providers.js';

@Module({
  controllers: [TasksController],
  providers: [...taskProviders, TasksLifecycle, LoadGauge, reportClientProvider, LoadReporter],
})
export class AppModule {}
