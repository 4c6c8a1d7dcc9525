import type { Strategy } from '@balanza/balancing';
import { DataPlane, ProxiedBackend, type DataPlaneOptions, type Exchange } from '@balanza/proxy';
import { urlOf, type BalancerTopology } from '@balanza/topology';
import { EventEmitter } from 'node:events';
import { timeoutsOf, type BalancerConfig } from './balancer.config.js';
import { createStrategy } from './create-strategy.js';
import { trustIn } from './trusted-proxies.js';

interface BalancerEvents {
  /** A backend answered; its request still counts as in flight. */
  answer: Parameters<NonNullable<DataPlaneOptions['onAnswer']>>;
  /** A request is over. */
  end: [exchange: Exchange];
  /** A message was refused before it was a request. */
  refused: [status: number];
}

/** Whether the balancer answers this target itself; everything else belongs to its backends. */
export function isOwnTarget(target: string): boolean {
  const [path = ''] = target.split('?', 1);
  return path === '/status' || path.startsWith('/-/');
}

/** One balancer: its backends, the strategy that orders them, and the data plane that takes requests to them. */
export class Balancer {
  readonly strategy: Strategy<ProxiedBackend>;
  readonly backends: readonly ProxiedBackend[];
  readonly events = new EventEmitter<BalancerEvents>();
  readonly #topology: BalancerTopology;
  readonly #config: BalancerConfig;
  #plane: DataPlane | undefined;

  constructor(topology: BalancerTopology, config: BalancerConfig) {
    this.#topology = topology;
    this.#config = config;
    this.strategy = createStrategy(topology.strategy);
    this.backends = topology.backends.map((backend) => new ProxiedBackend(backend));
  }

  /**
   * Begins to serve.
   *
   * @param address where clients come
   * @param ownPort the port of the loopback address where the balancer's own routes are answered
   * @returns the URL it serves at
   */
  async listen(address: { readonly host: string; readonly port: number }, ownPort: number): Promise<string> {
    const { MAX_IN_FLIGHT, MAX_CONNECTIONS, TRUSTED_PROXIES } = this.#config;
    const { events } = this;
    this.#plane = new DataPlane({
      strategy: this.strategy,
      backends: this.backends,
      mode: this.#topology.mode,
      own: {
        backend: new ProxiedBackend({ url: urlOf('127.0.0.1', ownPort), weight: 1 }),
        isOwn: isOwnTarget,
      },
      maxInFlight: MAX_IN_FLIGHT,
      maxConnections: MAX_CONNECTIONS,
      timeouts: timeoutsOf(this.#config),
      isTrusted: trustIn(TRUSTED_PROXIES),
      onAnswer: (backend, head) => events.emit('answer', backend, head),
      onEnd: (exchange) => events.emit('end', exchange),
      onRefused: (status) => events.emit('refused', status),
    });
    const port = await this.#plane.listen(address);
    return urlOf(address.host, port);
  }

  /** Takes no more connections, lets requests in flight finish for at most `graceMs`, and closes everything. */
  async close(graceMs: number): Promise<void> {
    await this.#plane?.close(graceMs);
  }
}
