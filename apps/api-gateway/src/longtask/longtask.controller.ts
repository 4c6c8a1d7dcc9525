import { BearerGuard } from '@balanza/auth';
import {
  gatewayTaskAccepted,
  task,
  taskId,
  taskPayload,
  type GatewayTaskAccepted,
  type Task,
  type TaskPayload,
} from '@balanza/contracts';
import { ClientSignal, ResourceNotFoundException } from '@balanza/runtime';
import { Body, Controller, Get, HttpCode, Param, Post, Res, UseGuards } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBearerAuth,
  ApiBody,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiErrors } from '../openapi/api-errors.decorator.js';
import { BEARER_SCHEME } from '../openapi/document.js';
import { ACCEPTED_EXAMPLE, TASK_EXAMPLE } from './longtask.examples.js';
import { LongtaskService } from './longtask.service.js';

/** `POST /longtask` and `GET /longtask/:task_id`: work that outlives its request. */
@ApiTags('gateway')
@ApiBearerAuth(BEARER_SCHEME)
@Controller('longtask')
@UseGuards(BearerGuard)
export class LongtaskController {
  constructor(private readonly longtasks: LongtaskService) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({
    summary: 'Work that a worker does later',
    description: 'Answered once the task is stored. `Location` says where to ask for it.',
  })
  @ApiBody({ description: 'Any JSON object', schema: { type: 'object', example: TASK_EXAMPLE.payload } })
  @ApiAcceptedResponse({
    description: 'The task is stored',
    standardSchema: gatewayTaskAccepted,
    example: ACCEPTED_EXAMPLE,
    headers: {
      Location: { description: 'Where the task can be asked for', schema: { type: 'string' } },
    },
  })
  @ApiErrors(400, 403, 413, 415, 502, 503, 504)
  async start(
    @Body({ schema: taskPayload }) payload: TaskPayload,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<GatewayTaskAccepted> {
    const accepted = await this.longtasks.start(payload);
    void reply.header('location', `/longtask/${accepted.task_id}`);
    return accepted;
  }

  @Get(':task_id')
  @ApiOperation({ summary: 'A task, wherever it is in its life' })
  @ApiParam({
    name: 'task_id',
    description: 'As answered by POST /longtask',
    schema: { type: 'string', format: 'uuid' },
  })
  @ApiOkResponse({ description: 'The task', standardSchema: task, example: TASK_EXAMPLE })
  @ApiErrors(403, 404, 502, 503, 504)
  find(@Param('task_id') id: string, @ClientSignal() signal: AbortSignal): Promise<Task> {
    // What cannot be an id is answered as the worker answers one that it does not know.
    if (!taskId.safeParse(id).success)
      throw new ResourceNotFoundException(`There is no task ${id.slice(0, 100)}`);
    return this.longtasks.find(id, signal);
  }
}
