import { z } from 'zod';

/**
 * Any JSON value but a missing one. It came out of a JSON parser, so there is nothing left to check, and a
 * recursive check would only add a way to overflow the stack.
 */
export const jsonValue = z
  .unknown()
  .refine((value): boolean => value !== undefined, { message: 'is required' });

/** A JSON object with these members; what is none is refused with a sentence for people. */
export function jsonObject<S extends z.ZodRawShape>(shape: S) {
  return z.object(shape, 'must be a JSON object');
}
