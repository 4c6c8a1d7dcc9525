import { StandardSchemaValidationPipe } from '@nestjs/common';
import { InvalidRequestException } from './errors.js';

/**
 * Nest's own pipe deletes members called `constructor` and `prototype` at any depth, so that what is stored would not
 * be what was sent. The JSON parser has already refused the bodies that could pollute a prototype.
 */
class FaithfulValidationPipe extends StandardSchemaValidationPipe {
  protected override stripProtoKeys(): void {}
}

/** Validates every parameter that names a schema, and says which field is wrong and why. */
export function validationPipe(): StandardSchemaValidationPipe {
  return new FaithfulValidationPipe({
    exceptionFactory: (issues) =>
      new InvalidRequestException(
        issues.map(({ path = [], message }) => ({
          field: path.map((segment) => String(typeof segment === 'object' ? segment.key : segment)).join('.'),
          message,
        })),
      ),
  });
}
