/** Balanza's data plane as a process of its own, in front of the backend at `process.argv[2]`. It reports when it is asked to. */
import { BackendPool, DataPlane, simplePlan } from '@balanza/proxy';
import type { ProxyReport } from './member.ts';

const pool = new BackendPool(
  simplePlan({ backends: [{ url: process.argv[2] ?? '' }], policy: { limits: { maxInFlight: 2_000 } } }),
);
const plane = new DataPlane({ pool });
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
    inFlight: pool.ledger.inFlight(0),
  };
}

process.on('message', () => process.send?.(report()));
process.once('disconnect', () => process.exit());
process.send?.({ port });
