import { errorBody, type ErrorBody } from '@balanza/contracts';
import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';

interface DocumentedError {
  readonly description: string;
  readonly examples: Readonly<Record<string, ErrorBody>>;
  readonly headers?: readonly string[];
}

const ERRORS = {
  400: {
    description: 'The request is not valid',
    examples: {
      malformed: { error: 'The body is not valid JSON: Unexpected end of JSON input' },
      invalid: {
        error: 'The request is not valid: must be a JSON object',
        details: [{ field: '', message: 'must be a JSON object' }],
      },
    },
  },
  403: {
    description: 'No token, or not a valid one',
    examples: { missing: { error: 'Missing token' }, invalid: { error: 'Invalid token' } },
    headers: ['WWW-Authenticate'],
  },
  404: {
    description: 'No such task',
    examples: { unknown: { error: 'There is no task 0d2f6f1a-5a53-4b9e-9a8e-3f1d1f7a2c10' } },
  },
  409: {
    description: 'The task is in a state in which that cannot be done',
    examples: {
      ended: { error: 'The task has completed already; only one that has not ended can be cancelled' },
      alive: { error: 'The task is running; only one that failed or was cancelled can be redriven' },
    },
  },
  413: {
    description: 'The body is over the limit',
    examples: { tooLarge: { error: 'The body is over the limit of 1048576 bytes' } },
  },
  415: {
    description: 'The body is not declared as JSON',
    examples: { notJson: { error: 'The body must be JSON: send it with Content-Type: application/json' } },
  },
  422: {
    description: 'The Idempotency-Key came before with another body',
    examples: {
      conflict: { error: 'This Idempotency-Key came before with another body; use a new key for a new task' },
    },
  },
  502: {
    description: 'The service behind the gateway broke',
    examples: { broke: { error: 'The microservice balancer broke off in the middle of an answer' } },
  },
  503: {
    description: 'Nobody can serve it now',
    examples: { unavailable: { error: 'The database service cannot be reached now; try again' } },
    headers: ['Retry-After'],
  },
  504: {
    description: 'The service behind the gateway is too slow',
    examples: { slow: { error: 'The microservice balancer did not answer within 10000 ms' } },
  },
} satisfies Record<number, DocumentedError>;

/** Documents the errors of a route, each with its body and examples. */
export function ApiErrors(...statuses: readonly (keyof typeof ERRORS)[]): MethodDecorator {
  return applyDecorators(
    ...statuses.map((status) => {
      const { description, examples, headers = [] }: DocumentedError = ERRORS[status];
      return ApiResponse({
        status,
        description,
        standardSchema: errorBody,
        examples: Object.fromEntries(
          Object.entries(examples).map(([name, value]) => [name, { summary: value.error, value }]),
        ),
        headers: Object.fromEntries(headers.map((name) => [name, { schema: { type: 'string' as const } }])),
      });
    }),
  );
}
