import { UpstreamBrokenException } from '@balanza/runtime';
import type { z } from 'zod';

/**
 * What a service answered, once it is known to be what the contract says.
 *
 * @throws UpstreamBrokenException (502) when it is not
 */
export function expectAnswer<S extends z.ZodType>(schema: S, answer: unknown, name: string): z.output<S> {
  const { success, data, error } = schema.safeParse(answer);
  if (success) return data;
  const [issue] = error.issues;
  const where = issue === undefined ? '' : `: ${issue.path.join('.') || 'the body'} ${issue.message}`;
  throw new UpstreamBrokenException(`${name} answered something that makes no sense${where}`);
}
