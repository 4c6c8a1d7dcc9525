import { z } from 'zod';
import { instanceId } from './instance.js';

/** `GET /db` of the database service. */
export const databaseAnswer = z.object({
  message: z.string().describe('Says when, by the clock of the database, the data was read'),
});
export type DatabaseAnswer = z.infer<typeof databaseAnswer>;

/** `GET /data` of a gateway. */
export const dataAnswer = z.object({
  cached: z.boolean().describe('Whether the data came from the TTL cache'),
  data: z.string(),
  from_instance: instanceId,
});
export type DataAnswer = z.infer<typeof dataAnswer>;
