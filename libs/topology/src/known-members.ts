import { z } from 'zod';
import { listed } from './listed.js';

/** An object with these members and no other; what else there is, is refused by its name beside the names of those there are. */
export function knownMembers<S extends z.ZodRawShape>(shape: S) {
  return z.strictObject(shape, { error: sentenceOf });
}

function sentenceOf(issue: z.core.$ZodRawIssue): string {
  if (issue.code !== 'unrecognized_keys' || !(issue.inst instanceof z.ZodObject)) return 'must be an object';
  const unknown = issue.keys.map((key) => JSON.stringify(key));
  return `must not have ${listed(unknown, 'and')}: it may have ${listed(Object.keys(issue.inst.shape), 'and')}`;
}
