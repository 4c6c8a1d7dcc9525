import type { Postmaster } from '@balanza/postgres';
import type { Topology } from '@balanza/topology';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { holderOf, type PortHolder } from './port-holder.ts';
import type { Replica } from './replicas.ts';
import { ROOT } from './workspace.ts';

/** A port that the stack needs, and what for. */
export interface NeededPort {
  readonly port: number;
  readonly host: string;
  readonly role: string;
}

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

/**
 * What keeps the stack from listening, one sentence per port; empty when nothing does.
 *
 * @param own a PostgreSQL of this stack that outlived it: the database service adopts it, so it may have its port
 */
export async function portConflicts(
  needed: readonly NeededPort[],
  own: Postmaster | undefined,
): Promise<readonly string[]> {
  const roles = new Map<number, string>();
  const conflicts: string[] = [];
  let ours = false;
  for (const { port, host, role } of needed) {
    const other = roles.get(port);
    roles.set(port, role);
    if (other !== undefined) {
      conflicts.push(`Port ${port} is given to both ${other} and ${role}; BALANZA_CONFIG sets the ports.`);
    } else if (port !== own?.port && !(await isFree(host, port))) {
      const holder = await holderOf(port);
      conflicts.push(`Port ${port} (${role}) is held by ${describe(holder)}.`);
      ours ||= holder?.command.includes(join(ROOT, 'apps')) === true;
    }
  }
  return ours ? [...conflicts, 'This workspace runs already; npm run stop ends what it runs.'] : conflicts;
}

/** Whether a server could listen there now. An address that is not this machine's is left for the app to report. */
function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

function describe(holder: PortHolder | undefined): string {
  return holder === undefined
    ? 'a process that this user may not see'
    : `process ${holder.pid}: ${holder.command}`;
}
