import { errorBody } from '@balanza/contracts';
import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';

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
