import { errorBody, type ErrorBody } from '@balanza/contracts';
import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';

interface DocumentedError {
  readonly description: string;
  readonly examples: Readonly<Record<string, ErrorBody>>;
  readonly headers?: readonly string[];
}

/** The errors of a route for which `service` is asked, by their status. */
const errorsOf = (service: string) =>
  ({
    400: {
      description: 'The body is not valid',
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
      description: 'The body is not declared as JSON, or encoded',
      examples: {
        notJson: { error: 'The body must be JSON: send it with Content-Type: application/json' },
        encoded: { error: 'The body is encoded with gzip: send it as it is, without Content-Encoding' },
      },
      headers: ['Accept-Encoding'],
    },
    422: {
      description: 'The Idempotency-Key came before with another body',
      examples: {
        conflict: {
          error: 'This Idempotency-Key came before with another body; use a new key for a new task',
        },
      },
    },
    502: {
      description: 'The service behind the gateway broke',
      examples: { broke: { error: `${service} broke off in the middle of an answer` } },
    },
    503: {
      description: 'Nobody can serve it now',
      examples: { unavailable: { error: `${service} cannot be reached now; try again` } },
      headers: ['Retry-After'],
    },
    504: {
      description: 'The service behind the gateway is too slow',
      examples: { slow: { error: `${service} did not answer within 10000 ms` } },
    },
  }) satisfies Record<number, DocumentedError>;

/**
 * Documents the errors of a route, each with its body and examples.
 *
 * @param service whom the route asks, as it is called in answers, such as `The worker balancer`
 */
export function ApiErrors(
  service: string,
  ...statuses: readonly (keyof ReturnType<typeof errorsOf>)[]
): MethodDecorator {
  const errors = errorsOf(service);
  return applyDecorators(...statuses.map((status) => ApiError(status, errors[status])));
}

/** Documents that a route with a query answers 400 when `field` is not what `message` says. */
export function ApiQueryError(field: string, message: string): MethodDecorator {
  const error = `The request is not valid: ${field} ${message}`;
  const examples = { invalid: { error, details: [{ field, message }] } };
  return ApiError(400, { description: 'The query is not valid', examples });
}

function ApiError(status: number, { description, examples, headers = [] }: DocumentedError): MethodDecorator {
  return ApiResponse({
    status,
    description,
    standardSchema: errorBody,
    examples: Object.fromEntries(
      Object.entries(examples).map(([name, value]) => [name, { summary: value.error, value }]),
    ),
    headers: Object.fromEntries(headers.map((name) => [name, { schema: { type: 'string' as const } }])),
  });
}
