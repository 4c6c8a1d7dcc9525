/** Balanza's data plane as a process of its own, in front of the backend at `process.argv[2]`. It reports when it is asked to. */
import { RoundRobin } from '@balanza/balancing';
import { DataPlane, ProxiedBackend } from '@balanza/proxy';
import type { ProxyReport } from './member.ts';

const backend = new ProxiedBackend({ url: process.argv[2] ?? '', weight: 1 });
const plane = new DataPlane({ strategy: new RoundRobin(), backends: [backend], maxInFlight: 2_000 });
const port = await plane.listen({ host: '127.0.0.1', port: 0 });

function report(): ProxyReport {
  // What is left after two collections is what is held.
  globalThis.gc?.();
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  const sockets = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  return {
    rss,
    held: heapUsed + external,
    sockets,
    waiting: plane.deadlines.size,
    inFlight: backend.inFlight,
  };
}

process.on('message', () => process.send?.(report()));
process.once('disconnect', () => process.exit());
process.send?.({ port });
