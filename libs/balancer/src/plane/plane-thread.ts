/** One thread of a balancer: a data plane on the shared port, counting in the shared memory. */
import { Ledger } from '@balanza/proxy';
import { parentPort, workerData } from 'node:worker_threads';
import { ledgerShape, PlaneView } from './plane.js';
import { endedRequest, isTold } from './ended-request.js';
import type { FromThread, ThreadData, ToThread } from './thread-messages.js';

const { setup, plan, thread, memory, address, ownPort, tellFrom } = workerData as ThreadData;
const tell = (message: FromThread) => parentPort?.postMessage(message);

const view = new PlaneView(setup, plan, new Ledger(ledgerShape(setup), memory), thread);
const plane = view.createPlane(ownPort, {
  onEnd: (exchange) => {
    if (isTold(exchange, tellFrom)) tell({ type: 'end', request: endedRequest(exchange) });
  },
  onRefused: (status) => tell({ type: 'refused', status }),
});
parentPort?.on('message', (message: ToThread) => {
  if (message.type === 'apply') view.apply(message.plan);
  else if (message.type === 'leave') plane.leave();
  else void plane.close(message.graceMs).then(() => parentPort?.close());
});
tell({ type: 'listening', port: await plane.listen(address) });
