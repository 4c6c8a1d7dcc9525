import { z } from 'zod';
import { instanceId } from './instance.js';

/** Name of the event by which a worker tells its balancer how many tasks it has in hand. */
export const LOAD_REPORT_EVENT = 'worker.load';

/**
 * A worker's load, absolute and numbered: a lost or late report is healed by the next one, and nothing drifts.
 * Sent over `@nestjs/microservices` when the load changes and once a second, and on each answer in the
 * `endpoint-load-metrics` header (ORCA, see Envoy's "Open Request Cost Aggregation").
 */
export const loadReport = z.object({
  url: z.url().describe('The worker as its balancer knows it'),
  instance: instanceId,
  sequence: z.int().min(0).describe('Counts up within one instance; an older report is ignored'),
  active_tasks: z.int().min(0).describe('Tasks accepted and not yet finished'),
});
export type LoadReport = z.infer<typeof loadReport>;
