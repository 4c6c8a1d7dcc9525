import {
  formatLoadHeader,
  INSTANCE_HEADER,
  LOAD_HEADER,
  taskId,
  taskPayload,
  type Task,
  type TaskAccepted,
  type TaskPayload,
} from '@balanza/contracts';
import { PROCESS_CONTEXT, ResourceNotFoundException, type ProcessContext } from '@balanza/runtime';
import { TaskRunner, TaskStore } from '@balanza/tasks';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { LoadGauge } from '../load/load-gauge.service.js';

@Controller()
export class TasksController {
  constructor(
    private readonly runner: TaskRunner,
    private readonly store: TaskStore,
    private readonly gauge: LoadGauge,
    @Inject(PROCESS_CONTEXT) private readonly context: ProcessContext,
  ) {}

  /** Answers once the task is stored. The balancer learns of it from the headers of this very answer. */
  @Post('task')
  @HttpCode(202)
  async accept(
    @Body({ schema: taskPayload }) payload: TaskPayload,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TaskAccepted> {
    const id = await this.runner.accept(payload);
    const { instance } = this.context;
    void reply.headers({ [LOAD_HEADER]: formatLoadHeader(this.gauge.read()), [INSTANCE_HEADER]: instance });
    return { status: 'Started', worker_instance: instance, task_id: id };
  }

  /** Any worker answers for any task. */
  @Get('tasks/:task_id')
  async read(@Param('task_id') id: string): Promise<Task> {
    const known = taskId.safeParse(id).success ? await this.store.get(id) : undefined;
    if (known === undefined) throw new ResourceNotFoundException(`There is no task ${id.slice(0, 100)}`);
    return known;
  }
}
