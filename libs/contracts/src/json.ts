import { z } from 'zod';

/**
 * Any JSON value but a missing one. It came out of a JSON parser, so there is nothing left to check, and a
 * recursive check would only add a way to overflow the stack.
 */
export const jsonValue = z.unknown().refine((value) => value !== undefined, { message: 'is required' });
