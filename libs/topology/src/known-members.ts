import { z } from 'zod';

/** An object with these members and no other; what else there is, is refused by its name beside the names of those there are. */
export function knownMembers<S extends z.ZodRawShape>(shape: S) {
  return z.strictObject(shape, { error: sentenceOf });
}

function sentenceOf(issue: z.core.$ZodRawIssue): string {
  if (issue.code !== 'unrecognized_keys' || !(issue.inst instanceof z.ZodObject)) return 'must be an object';
  const unknown = issue.keys.map((key) => JSON.stringify(key));
  return `must not have ${listed(unknown)}: it may have ${listed(Object.keys(issue.inst.shape))}`;
}

function listed(names: readonly string[]): string {
  const last = names.slice(-1);
  return names.length < 2 ? last.join('') : `${names.slice(0, -1).join(', ')} and ${last.join('')}`;
}
