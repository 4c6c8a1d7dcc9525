import { fields } from '@balanza/runtime';
import { z } from 'zod';

/** Environment variables of the database service. */
export const databaseConfig = z.object({
  /** A PostgreSQL of your own; without it the service runs an embedded one. */
  DATABASE_URL: fields.postgresUrl().optional(),
  /** Seconds that a read takes in the database. */
  DB_DELAY: fields.seconds({ max: 60 }).default(0.5),
  /** Most connections. */
  DB_POOL_SIZE: fields.integer({ min: 1, max: 1000 }).default(10),
  /** Most reads that wait for a connection. */
  DB_QUEUE_LIMIT: fields.integer({ min: 0, max: 100_000 }).default(100),
  /** Longest wait for a connection, in seconds. */
  DB_QUEUE_TIMEOUT: fields.seconds({ min: 0.1, max: 60 }).default(2),
});
export type DatabaseConfig = z.output<typeof databaseConfig>;
