import { RoundRobin } from '@balanza/balancing';
import { DataPlane, type DataPlaneOptions } from '../connection/data-plane.js';
import type { Exchange } from '../connection/exchange.js';
import { ProxiedBackend } from '../proxied-backend.js';

/** A proxy listening on a free port, in front of `urls`. */
export interface ProxyServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly backends: readonly ProxiedBackend[];
  /** Requests that are over. */
  readonly records: readonly Exchange[];
  readonly plane: DataPlane;
}

export async function proxyServer(
  urls: readonly string[],
  options: Partial<DataPlaneOptions> = {},
): Promise<ProxyServer> {
  const backends = urls.map((url) => new ProxiedBackend({ url, weight: 1 }));
  const records: Exchange[] = [];
  const plane = new DataPlane({
    strategy: new RoundRobin(),
    backends,
    maxInFlight: 100,
    onEnd: (exchange) => records.push(exchange),
    ...options,
  });
  const port = await plane.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${port}`;
  return { url, port, backends, records, plane, [Symbol.asyncDispose]: () => plane.close(0) };
}
