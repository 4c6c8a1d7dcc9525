import { DEVELOPMENT_SECRET } from '@balanza/auth';
import { loadTopology } from '@balanza/topology';
import type { TestProject } from 'vitest/node';
import { startOwnStack } from './own-stack.js';
import './system-context.js';

/** Seconds; short, so that the tests need not wait for the 30 s of the lab. */
const DATA_TTL = 3;

/** Uses the system that `E2E_BASE_URL` names, or starts one of its own. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const baseUrl = process.env['E2E_BASE_URL'];
  if (baseUrl !== undefined && baseUrl !== '') {
    project.provide('jwtSecret', process.env['JWT_SECRET'] || DEVELOPMENT_SECRET);
    project.provide('topology', topologyAt(new URL(baseUrl)));
    project.provide('dataTtl', 30);
    project.provide('runDirectory', null);
    return () => Promise.resolve();
  }
  const stack = await startOwnStack({
    DATA_TTL: String(DATA_TTL),
    TASK_CONCURRENCY: '50',
    ACCESS_LOG: 'false',
  });
  project.provide('jwtSecret', DEVELOPMENT_SECRET);
  project.provide('topology', stack.topology);
  project.provide('dataTtl', DATA_TTL);
  project.provide('runDirectory', stack.runDirectory);
  return () => stack.stop();
}

/** The built-in topology, or the one of `BALANZA_CONFIG`, on the machine that the URL names. */
function topologyAt({ hostname, port }: URL) {
  const topology = loadTopology(process.env['BALANZA_CONFIG']);
  const main = { ...topology.balancers['load-balancer'], port: Number(port || 80) };
  return { ...topology, host: hostname, balancers: { ...topology.balancers, 'load-balancer': main } };
}
