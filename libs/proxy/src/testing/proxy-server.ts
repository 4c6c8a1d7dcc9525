import { RoundRobin } from '@balanza/balancing';
import { httpUpstream, type Upstream } from '@balanza/testing';
import { discardBodyAfterAnswer } from '../discard-body.js';
import { DEFAULT_TIMEOUTS, type ForwardTimeouts } from '../forwarder.js';
import { ProxiedBackend } from '../proxied-backend.js';
import { Proxy, type ProxyRecord } from '../proxy.js';
import { UndiciForwarder } from '../undici-forwarder.js';

/** A proxy listening on a free port, in front of `urls`. */
export interface ProxyServer extends Upstream {
  readonly backends: readonly ProxiedBackend[];
  readonly records: readonly ProxyRecord[];
}

export async function proxyServer(
  urls: readonly string[],
  { timeouts = {}, maxInFlight = 100 }: { timeouts?: Partial<ForwardTimeouts>; maxInFlight?: number } = {},
): Promise<ProxyServer> {
  const backends = urls.map((url) => new ProxiedBackend({ url, weight: 1 }));
  const forwarder = new UndiciForwarder({ ...DEFAULT_TIMEOUTS, ...timeouts });
  const records: ProxyRecord[] = [];
  const proxy = new Proxy({
    strategy: new RoundRobin(),
    backends,
    forwarder,
    maxInFlight,
    requestIdOf: () => 'test-request',
    onEnd: (record) => records.push(record),
  });
  const server = await httpUpstream((request, response) => {
    discardBodyAfterAnswer(request, response);
    void proxy.handle(request, response);
  });
  const stop = async () => {
    await forwarder.close();
    await server.stop();
  };
  return { ...server, backends, records, stop, [Symbol.asyncDispose]: stop };
}
