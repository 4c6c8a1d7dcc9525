import { DEFAULT_TASK_LIST, MAX_TASK_LIST, taskStatus } from '@balanza/contracts';
import { applyDecorators } from '@nestjs/common';
import { ApiParam, ApiQuery } from '@nestjs/swagger';

/** Documents the id in a path. */
export function ApiTaskId(): MethodDecorator {
  return ApiParam({
    name: 'task_id',
    description: 'As answered by POST /longtask',
    schema: { type: 'string', format: 'uuid' },
  });
}

/** Documents the query of a list. */
export function ApiTaskList(): MethodDecorator {
  return applyDecorators(
    ApiQuery({
      name: 'status',
      required: false,
      description: 'Only tasks with this status',
      schema: { type: 'string', enum: taskStatus.options },
    }),
    ApiQuery({
      name: 'limit',
      required: false,
      description: 'Most tasks in the answer',
      schema: { type: 'integer', minimum: 1, maximum: MAX_TASK_LIST, default: DEFAULT_TASK_LIST },
    }),
    ApiQuery({
      name: 'cursor',
      required: false,
      description: '`next_cursor` of the answer before',
      schema: { type: 'string', format: 'uuid' },
    }),
  );
}
