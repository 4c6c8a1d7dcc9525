import { errorBody } from '@balanza/contracts';
import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';

const ERRORS = {
  400: 'The request is not valid, or cannot be done; `details` has each field',
  403: 'No token, not a valid one, or one without the scope `balancer:admin`',
  404: 'There is no such backend',
  409: 'Somebody else has changed something since `version`',
} as const;

/** Documents the answer of a route, and its errors. */
export function Answers(status: number, description: string, example?: unknown): MethodDecorator {
  return applyDecorators(
    ApiResponse({
      status,
      description,
      ...(example === undefined
        ? {}
        : { content: { 'application/json': { schema: { type: 'object' }, example } } }),
    }),
    ...Object.entries(ERRORS).map(([code, text]) =>
      ApiResponse({ status: Number(code), description: text, standardSchema: errorBody }),
    ),
  );
}

/** Documents the body that a route takes, by the schema that it is validated with. */
export function Takes(schema: z.ZodType, example: object): MethodDecorator {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, { io: 'input', target: 'openapi-3.0' });
  return ApiBody({ schema: { ...(json as object), example } });
}
