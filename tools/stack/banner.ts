import { DEVELOPMENT_SECRET, mintToken } from '@balanza/auth';
import { portsOf, urlOf, type Topology } from '@balanza/topology';
import type { Environment } from './environment.ts';
import type { Replica } from './replicas.ts';

const TOKEN_LIFETIME = '12h';

/** What a user sees when everything is ready: where things are, and two requests to try. */
export async function banner(
  topology: Topology,
  _replicas: readonly Replica[],
  { jwtSecret = DEVELOPMENT_SECRET }: Environment,
): Promise<string> {
  const url = (port: number) => urlOf(topology.host, port);
  const urls = (ports: readonly number[]) => ports.map(url).join('  ');
  const entry = url(topology.balancers['load-balancer'].port);
  const token = await mintToken({ secret: jwtSecret, subject: 'demo', expiresIn: TOKEN_LIFETIME });
  const line = '─'.repeat(78);
  return [
    '',
    line,
    ' Balanza is ready.',
    '',
    `   entry point       ${entry}            (load-balancer, round robin)`,
    `   try it in Swagger ${entry}/docs`,
    `   gateways          ${urls(portsOf(topology, 'api-gateway'))}`,
    `   microservices     ${url(topology.balancers['lb-microservices'].port)}  →  ${urls(portsOf(topology, 'microservice'))}`,
    `   workers           ${url(topology.balancers['lb-workers'].port)}  →  ${urls(portsOf(topology, 'worker'))}`,
    `   cache, database   ${urls([...portsOf(topology, 'cache'), ...portsOf(topology, 'database')])}`,
    '',
    ` A token, good for ${TOKEN_LIFETIME}:`,
    '',
    token,
    '',
    ' Two requests to begin with:',
    '',
    `curl ${entry}/status`,
    `curl -H "Authorization: Bearer ${token}" ${entry}/data`,
    '',
    ' Ctrl-C stops everything.',
    line,
    '',
  ].join('\n');
}
