import { StandardSchemaValidationPipe } from '@nestjs/common';
import { InvalidRequestException } from './http/http-errors.js';

/** Validates every parameter that names a schema, and says which field is wrong and why. */
export function validationPipe(): StandardSchemaValidationPipe {
  return new StandardSchemaValidationPipe({
    exceptionFactory: (issues) =>
      new InvalidRequestException(
        issues.map(({ path = [], message }) => ({
          field: path.map((segment) => String(typeof segment === 'object' ? segment.key : segment)).join('.'),
          message,
        })),
      ),
  });
}
