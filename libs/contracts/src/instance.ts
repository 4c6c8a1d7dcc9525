import { randomBytes } from 'node:crypto';
import { z } from 'zod';

/** Names one run of one process: 8 lower-case hex digits, new at each start. */
export const instanceId = z
  .string('must be text')
  .regex(/^[0-9a-f]{8}$/, 'must be 8 lower-case hex digits')
  .describe('The answering process: 8 lower-case hex digits, new at each start');
export type InstanceId = z.infer<typeof instanceId>;

/** A new instance id. */
export function newInstanceId(): InstanceId {
  return randomBytes(4).toString('hex');
}
