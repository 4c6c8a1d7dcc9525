/** Balanza's data plane as a process of its own, in front of one backend. The only file here that knows its API. */
import { RoundRobin } from '@balanza/balancing';
import { DataPlane, ProxiedBackend } from '@balanza/proxy';
import { placeArguments } from './place-arguments.ts';

const { port, backend } = placeArguments();
const plane = new DataPlane({
  strategy: new RoundRobin(),
  backends: [new ProxiedBackend({ url: backend, weight: 1 })],
  // Above the connections of the widest scenario.
  maxInFlight: 2_000,
});
await plane.listen({ host: '127.0.0.1', port });
