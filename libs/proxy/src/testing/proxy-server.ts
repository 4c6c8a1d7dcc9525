import { RoundRobin } from '@balanza/balancing';
import { eventually } from '@balanza/testing';
import { DataPlane, type DataPlaneOptions } from '../connection/data-plane.js';
import type { Exchange } from '../connection/exchange.js';
import { ProxiedBackend } from '../proxied-backend.js';

/** A proxy listening on a free port, in front of `urls`. Disposing it fails when it leaves something behind. */
export interface ProxyServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly backends: readonly ProxiedBackend[];
  /** Requests that are over. */
  readonly records: readonly Exchange[];
  readonly plane: DataPlane;
  /** Lets `ms` pass for everybody who waits, at once. */
  pass(ms: number): void;
  /** Waits until nothing is in flight. */
  idle(): Promise<void>;
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
  const { deadlines } = plane;
  const idle = () =>
    eventually(() => {
      const inFlight = backends.map((backend) => backend.inFlight);
      if (inFlight.some((count) => count !== 0)) throw new Error(`${inFlight.join(', ')} are in flight`);
    }, 2_000);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    backends,
    records,
    plane,
    pass: (ms) => deadlines.tick(deadlines.now + ms),
    idle,
    [Symbol.asyncDispose]: async () => {
      await plane.close(0);
      await idle();
      await eventually(() => {
        if (deadlines.size > 0) throw new Error(`${deadlines.size} still wait, of a proxy that is closed`);
      }, 2_000);
    },
  };
}
