import {
  IDEMPOTENCY_KEY_HEADER,
  idempotencyKey,
  newTaskPayload,
  taskId,
  taskListQuery,
  type Task,
  type TaskAccepted,
  type TaskList,
  type TaskListQuery,
  type TaskPayload,
} from '@balanza/contracts';
import {
  ContractException,
  InvalidRequestException,
  PROCESS_CONTEXT,
  ResourceNotFoundException,
  type ProcessContext,
} from '@balanza/runtime';
import { IdempotencyConflictError, TaskEvents, TaskRunner, TaskStore, type Change } from '@balanza/tasks';
import { Body, Controller, Delete, Get, Headers, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { asRefusal } from './refusal.js';

/** Any worker answers for any task. */
@Controller()
export class TasksController {
  constructor(
    private readonly runner: TaskRunner,
    private readonly store: TaskStore,
    private readonly events: TaskEvents,
    @Inject(PROCESS_CONTEXT) private readonly context: ProcessContext,
  ) {}

  /** Answers once the task is stored. The balancer learns of it from a header of this very answer. */
  @Post('task')
  @HttpCode(202)
  async accept(
    @Body({ schema: newTaskPayload }) payload: TaskPayload,
    @Headers(IDEMPOTENCY_KEY_HEADER) key: string | undefined,
  ): Promise<TaskAccepted> {
    const accepted = await this.runner.accept(payload, validKey(key)).catch((error: unknown) => {
      if (error instanceof IdempotencyConflictError) throw new ContractException(422, error.message);
      throw asRefusal(error);
    });
    return { status: 'Started', ...accepted };
  }

  @Get('tasks')
  list(@Query({ schema: taskListQuery }) query: TaskListQuery): Promise<TaskList> {
    return this.store.list(query);
  }

  @Get('tasks/:task_id')
  async read(@Param('task_id') id: string): Promise<Task> {
    return known(id, taskId.safeParse(id).success ? await this.store.get(id) : undefined);
  }

  /** Answers the cancelled task, also when it was cancelled before. */
  @Delete('tasks/:task_id')
  async cancel(@Param('task_id') id: string): Promise<Task> {
    const { task, changed } = await this.#change(id, () => this.store.cancel(id));
    if (task.status === 'cancelled') return task;
    if (changed) throw new Error('cancelled, and not cancelled');
    throw new ContractException(
      409,
      `The task has ${task.status} already; only one that has not ended can be cancelled`,
    );
  }

  /** This worker takes it into its queue. */
  @Post('tasks/:task_id/redrive')
  @HttpCode(202)
  async redrive(@Param('task_id') id: string): Promise<Task> {
    this.#assertRoom();
    const { task, changed } = await this.#change(id, () => this.store.redrive(id, this.context.instance));
    if (!changed) {
      throw new ContractException(
        409,
        `The task is ${task.status}; only one that failed or was cancelled can be redriven`,
      );
    }
    await this.runner.queuedFromOutside();
    return task;
  }

  #assertRoom(): void {
    try {
      this.runner.assertRoom();
    } catch (error) {
      throw asRefusal(error);
    }
  }

  async #change(id: string, change: () => Promise<Change | undefined>): Promise<Change> {
    const result = taskId.safeParse(id).success ? await change() : undefined;
    if (result?.changed === true) {
      this.events.publish(id);
      void this.runner.verify(id);
    }
    return known(id, result);
  }
}

function known<T>(id: string, found: T | undefined): T {
  if (found === undefined) throw new ResourceNotFoundException(`There is no task ${id.slice(0, 100)}`);
  return found;
}

function validKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const { success, data, error } = idempotencyKey.safeParse(header);
  if (success) return data;
  throw new InvalidRequestException(
    error.issues.map(({ message }) => ({ field: 'Idempotency-Key', message })),
  );
}
