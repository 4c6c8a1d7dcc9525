import { eventually } from '@balanza/testing';
import { portsOf, urlOf, type Topology } from '@balanza/topology';
import { setTimeout } from 'node:timers/promises';

const READY_TIMEOUT_MS = 60_000;
/** From when everybody is back until everybody has heard of it. */
const NEWS_MS = 1_000;

/** Waits until the balancer and all of its workers are ready, and have had time to hear of each other. */
export async function whenCalm(topology: Topology): Promise<void> {
  const checks = [
    ...portsOf(topology, 'worker').map((port) => `${urlOf(topology.host, port)}/health/ready`),
    ...portsOf(topology, 'lb-workers').map((port) => `${urlOf(topology.host, port)}/-/health/ready`),
  ];
  await eventually(async () => {
    for (const check of checks) {
      const { ok } = await fetch(check, { signal: AbortSignal.timeout(1_000) });
      if (!ok) throw new Error(`${check} is not ready`);
    }
  }, READY_TIMEOUT_MS);
  await setTimeout(NEWS_MS);
}
