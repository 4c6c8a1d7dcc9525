import { z } from 'zod';

/** One invalid field of a request. */
export const errorDetail = z.object({
  field: z.string().describe('Where the problem is, as a dotted path; empty for the body as a whole'),
  message: z.string(),
});
export type ErrorDetail = z.infer<typeof errorDetail>;

/** The body of every error that any process of the system answers. */
export const errorBody = z.object({
  error: z.string().describe('A sentence a person can act on'),
  details: z.array(errorDetail).optional(),
  request_id: z.string().optional(),
});
export type ErrorBody = z.infer<typeof errorBody>;
