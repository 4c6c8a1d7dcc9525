import { z } from 'zod';
import { instanceId } from './instance.js';

/** Name of the event by which a worker tells its balancer how many tasks it has in hand. */
export const LOAD_REPORT_EVENT = 'worker.load';

/**
 * A worker's load, absolute and numbered: a lost or late report is healed by the next one, and nothing drifts.
 * Sent over `@nestjs/microservices` when the load changes and once a second, and with every answer in the
 * {@link LOAD_HEADER}, so that the balancer knows of the task before the request stops counting as in flight.
 */
export const loadReport = z.object({
  url: z.url().describe('The worker as its balancer knows it'),
  instance: instanceId,
  sequence: z.int().min(0).describe('Counts up within one instance; an older report is ignored'),
  active_tasks: z.int().min(0).describe('Tasks accepted and not yet finished'),
  concurrency: z.int().min(1).optional().describe('Tasks that it runs at once: its weight among workers'),
});
export type LoadReport = z.infer<typeof loadReport>;

/** What the {@link LOAD_HEADER} says; the balancer knows the worker's URL already, and what does not change is not repeated. */
export type LoadFigures = Omit<LoadReport, 'url' | 'concurrency'>;

/** The answer header that carries the load: ORCA, Envoy's "Open Request Cost Aggregation", in its text form. */
export const LOAD_HEADER = 'endpoint-load-metrics';

/** The answer header that names the answering process in the form that people know. */
export const INSTANCE_HEADER = 'x-balanza-instance';

/** Longer is not one of ours, and is not looked at. */
const MAX_HEADER_LENGTH = 1024;

/**
 * Writes the value of the {@link LOAD_HEADER}. ORCA's named metrics are numbers, so the instance goes as the number
 * that its hex digits stand for.
 */
export function formatLoadHeader({ instance, sequence, active_tasks }: LoadFigures): string {
  const metrics = { active_tasks, sequence, instance: Number.parseInt(instance, 16) };
  return `TEXT ${Object.entries(metrics)
    .map(([name, value]) => `named_metrics.${name}=${value}`)
    .join(', ')}`;
}

/**
 * Reads the value of the {@link LOAD_HEADER}; other metrics beside ours are skipped.
 *
 * @returns undefined for anything that {@link formatLoadHeader} would not have written
 */
export function parseLoadHeader(header: string): LoadFigures | undefined {
  if (!header.startsWith('TEXT ') || header.length > MAX_HEADER_LENGTH) return undefined;
  const metrics = new Map(header.slice('TEXT '.length).split(',').map(nameAndValue));
  const read = (name: string) => {
    const value = metrics.get(`named_metrics.${name}`) ?? '';
    return /^\d{1,16}$/.test(value) ? Number(value) : undefined;
  };
  const result = loadReport.omit({ url: true, concurrency: true }).safeParse({
    instance: read('instance')?.toString(16).padStart(8, '0'),
    sequence: read('sequence'),
    active_tasks: read('active_tasks'),
  });
  return result.success ? result.data : undefined;
}

function nameAndValue(metric: string): [name: string, value: string] {
  const [name = '', value = ''] = metric.trim().split('=', 2);
  return [name, value];
}
