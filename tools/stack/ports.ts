import type { Topology } from '@balanza/topology';
import type { NeededPort } from '../setup/ports.mjs';
import type { Replica } from './replicas.ts';

/**
 * Every port that `replicas` will listen on.
 *
 * @param embeddedPostgres whether the database service runs its own PostgreSQL
 */
export function neededPorts(
  topology: Topology,
  replicas: readonly Replica[],
  embeddedPostgres: boolean,
): readonly NeededPort[] {
  const { host } = topology;
  const ports = replicas.map(({ app, port }): NeededPort => ({ host, port, role: app }));
  if (replicas.some(({ app }) => app === 'lb-workers')) {
    ports.push({ host, port: topology.eventsPort, role: 'lb-workers, load reports' });
  }
  if (embeddedPostgres && replicas.some(({ app }) => app === 'database')) {
    ports.push({ host: '127.0.0.1', port: topology.postgres.port, role: 'database, PostgreSQL' });
  }
  return ports;
}
