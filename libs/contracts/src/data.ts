import { z } from 'zod';
import { instanceId } from './instance.js';
import { jsonObject } from './json.js';

/** `GET /db` of the database service. */
export const databaseAnswer = jsonObject({
  message: z.string('must be text').describe('Says when, by the clock of the database, the data was read'),
});
export type DatabaseAnswer = z.infer<typeof databaseAnswer>;

/** `GET /data` of a gateway. */
export const dataAnswer = jsonObject({
  cached: z.boolean('must be true or false').describe('Whether the data came from the TTL cache'),
  data: z.string('must be text'),
  from_instance: instanceId,
});
export type DataAnswer = z.infer<typeof dataAnswer>;
