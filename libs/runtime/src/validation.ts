import { StandardSchemaValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import { ContractException, InvalidRequestException } from './errors.js';

/**
 * Nest's own pipe deletes members called `constructor` and `prototype` at any depth, so that what is stored would not
 * be what was sent. The JSON parser has already refused the bodies that could pollute a prototype.
 */
class FaithfulValidationPipe extends StandardSchemaValidationPipe {
  protected override stripProtoKeys(): void {}

  /**
   * @throws ContractException where there is no body but a schema for it, InvalidRequestException that names the fields, of
   * a parameter with a name by that name
   */
  override async transform<T = unknown>(value: T, metadata: ArgumentMetadata): Promise<T> {
    if (value === undefined && metadata.type === 'body' && metadata.schema !== undefined)
      throw new ContractException(400, 'The body must be JSON, but it is empty');
    try {
      return await super.transform(value, metadata);
    } catch (error) {
      if (error instanceof InvalidRequestException && metadata.data !== undefined)
        throw error.within(metadata.data);
      throw error;
    }
  }
}

/** Most invalid fields that one response names: each takes more bytes than what is wrong with it. */
const MAX_DETAILS = 100;

/** Validates every parameter that names a schema, and says which field is wrong and why. */
export function validationPipe(): StandardSchemaValidationPipe {
  return new FaithfulValidationPipe({
    exceptionFactory: (issues) =>
      new InvalidRequestException(
        issues.slice(0, MAX_DETAILS).map(({ path = [], message }) => ({
          field: path.map((segment) => String(typeof segment === 'object' ? segment.key : segment)).join('.'),
          message,
        })),
      ),
  });
}
