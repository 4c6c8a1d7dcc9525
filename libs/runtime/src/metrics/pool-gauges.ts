import { Gauge } from 'prom-client';
import type { Metrics } from './metrics.js';

/** What a pool of connections does at the moment. */
export interface PoolReading {
  /** Most connections. */
  readonly limit: number;
  readonly open: number;
  /** Of the open ones, those that are not in use. */
  readonly idle: number;
  /** What waits for a connection. */
  readonly waiting: number;
}

/** Shows pools of connections to a database, each by its name, read when they are asked for. */
export function showPools(
  { registry }: Metrics,
  pools: Readonly<Record<string, { readonly figures: PoolReading }>>,
): void {
  const gauge = (name: string, help: string, read: (figures: PoolReading) => number) =>
    new Gauge({
      name: `balanza_database_pool_${name}`,
      help,
      labelNames: ['pool'],
      registers: [registry],
      collect() {
        for (const [pool, { figures }] of Object.entries(pools)) this.set({ pool }, read(figures));
      },
    });
  gauge('limit', 'Most connections to the database', ({ limit }) => limit);
  gauge('open_connections', 'Connections to the database', ({ open }) => open);
  gauge('idle_connections', 'Of the open connections, those that are not in use', ({ idle }) => idle);
  gauge('waiting_statements', 'Statements that wait for a connection', ({ waiting }) => waiting);
}
