import { BearerGuard } from '@balanza/auth';
import {
  gatewayTaskAccepted,
  IDEMPOTENCY_KEY_HEADER,
  LAST_EVENT_ID_HEADER,
  MAX_TASK_LIST,
  newTaskPayload,
  task,
  taskList,
  taskListQuery,
  type GatewayTaskAccepted,
  type Task,
  type TaskList,
  type TaskListQuery,
  type TaskPayload,
} from '@balanza/contracts';
import { ClientSignal, sendEvents, UpstreamBrokenException } from '@balanza/runtime';
import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Param,
  Post,
  Query,
  Res,
  UseGuards,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBearerAuth,
  ApiBody,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiErrors, ApiQueryError } from '../openapi/api-errors.decorator.js';
import { BEARER_SCHEME } from '../openapi/document.js';
import {
  ACCEPTED_EXAMPLE,
  CANCELLED_EXAMPLE,
  EVENTS_EXAMPLE,
  LIST_EXAMPLE,
  PAYLOAD_EXAMPLES,
  REDRIVEN_EXAMPLE,
  TASK_EXAMPLE,
} from './longtask.examples.js';
import { ApiTaskId, ApiTaskList } from './longtask.parameters.js';
import { LongtaskEvents } from './longtask-events.service.js';
import { LongtaskService } from './longtask.service.js';
import { TaskIdPipe } from './task-id.pipe.js';

/** Whom these routes ask, as errors call it. */
const WORKERS = 'The worker balancer';

/** `/longtask`: work that outlives its request. */
@ApiTags('gateway')
@ApiBearerAuth(BEARER_SCHEME)
@Controller('longtask')
@UseGuards(BearerGuard)
export class LongtaskController {
  constructor(
    private readonly longtasks: LongtaskService,
    private readonly events: LongtaskEvents,
  ) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({
    summary: 'Work that a worker does later',
    description:
      'Answered once the task is stored. `Location` says where to ask for it. In the body, `task` names a handler, ' +
      '`priority` (-1000 to 1000, the highest first) orders it and `run_at` (RFC 3339, by the clock of the database) delays it.',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'The same key with the same body is the same task, however often it is sent',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  })
  @ApiBody({ description: 'Any JSON object', schema: { type: 'object' }, examples: PAYLOAD_EXAMPLES })
  @ApiAcceptedResponse({
    description: 'The task is stored',
    standardSchema: gatewayTaskAccepted,
    example: ACCEPTED_EXAMPLE,
    headers: {
      Location: { description: 'Where the task can be asked for', schema: { type: 'string' } },
    },
  })
  @ApiErrors(WORKERS, 400, 403, 413, 415, 422, 502, 503, 504)
  async start(
    @Body({ schema: newTaskPayload }) payload: TaskPayload,
    @Headers(IDEMPOTENCY_KEY_HEADER) idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<GatewayTaskAccepted> {
    const accepted = await this.longtasks.start(payload, idempotencyKey);
    void reply.header('location', `/longtask/${accepted.task_id}`);
    return accepted;
  }

  @Get()
  @ApiOperation({
    summary: 'The tasks, the newest first',
    description:
      'Tasks that come meanwhile do not move the rest: pass `next_cursor` as `cursor` to go on. Where tasks are large, an ' +
      'answer has fewer than `limit`: 4 MiB together. The list ends where `next_cursor` is null.',
  })
  @ApiTaskList()
  @ApiOkResponse({ description: 'Some of the tasks', standardSchema: taskList, example: LIST_EXAMPLE })
  @ApiQueryError('limit', `must be a whole number from 1 to ${MAX_TASK_LIST}`)
  @ApiErrors(WORKERS, 403, 502, 503, 504)
  list(
    @Query({ schema: taskListQuery }) query: TaskListQuery,
    @ClientSignal() signal: AbortSignal,
  ): Promise<TaskList> {
    return this.longtasks.list(query, signal);
  }

  @Get(':task_id')
  @ApiOperation({ summary: 'A task, wherever it is in its life' })
  @ApiTaskId()
  @ApiOkResponse({ description: 'The task', standardSchema: task, example: TASK_EXAMPLE })
  @ApiErrors(WORKERS, 403, 404, 502, 503, 504)
  find(@Param('task_id', TaskIdPipe) id: string, @ClientSignal() signal: AbortSignal): Promise<Task> {
    return this.longtasks.find(id, signal);
  }

  @Get(':task_id/events')
  @ApiOperation({
    summary: 'What becomes of a task, as server-sent events',
    description:
      'One event `task` with the task as it is, and one for each change; the stream ends when the task does. A client that ' +
      'reads slowly gets the latest state, and not each one in between.',
  })
  @ApiTaskId()
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The last event that the client has, as an `EventSource` sends it when it comes back',
    schema: { type: 'string' },
  })
  @ApiNoContentResponse({ description: 'The client has the final event; do not come back' })
  @ApiOkResponse({
    description: 'The events',
    content: { 'text/event-stream': { schema: { type: 'string' }, example: EVENTS_EXAMPLE } },
  })
  @ApiErrors(WORKERS, 403, 404, 502, 503, 504)
  async watch(
    @Param('task_id', TaskIdPipe) id: string,
    @Headers(LAST_EVENT_ID_HEADER) lastEventId: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const opened = await this.events.open(id, lastEventId);
    if (opened === 'unknown') throw new UpstreamBrokenException('The worker sent no event');
    await sendEvents(reply, opened);
  }

  @Delete(':task_id')
  @ApiOperation({
    summary: 'Cancels a task that has not ended',
    description: 'One that runs is told to stop. Cancelling it again changes nothing.',
  })
  @ApiTaskId()
  @ApiOkResponse({ description: 'The cancelled task', standardSchema: task, example: CANCELLED_EXAMPLE })
  @ApiErrors(WORKERS, 403, 404, 409, 502, 503, 504)
  cancel(@Param('task_id', TaskIdPipe) id: string): Promise<Task> {
    return this.longtasks.cancel(id);
  }

  @Post(':task_id/redrive')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Runs a task again that failed or was cancelled',
    description: 'It has all its retries again. Failed tasks are listed by `GET /longtask?status=failed`.',
  })
  @ApiTaskId()
  @ApiAcceptedResponse({
    description: 'The task is queued',
    standardSchema: task,
    example: REDRIVEN_EXAMPLE,
    headers: {
      Location: { description: 'Where the task can be asked for', schema: { type: 'string' } },
    },
  })
  @ApiErrors(WORKERS, 403, 404, 409, 502, 503, 504)
  async redrive(
    @Param('task_id', TaskIdPipe) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Task> {
    const redriven = await this.longtasks.redrive(id);
    void reply.header('location', `/longtask/${id}`);
    return redriven;
  }
}
