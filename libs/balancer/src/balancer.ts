import type { Strategy } from '@balanza/balancing';
import {
  discardBodyAfterAnswer,
  ProxiedBackend,
  Proxy,
  redirect,
  UndiciForwarder,
  type HeaderList,
  type ProxyRecord,
} from '@balanza/proxy';
import { requestIdFrom, type Logger } from '@balanza/runtime';
import type { BalancerTopology } from '@balanza/topology';
import { EventEmitter } from 'node:events';
import type { IncomingMessage, RequestListener } from 'node:http';
import type { BalancerConfig } from './balancer.config.js';
import { createStrategy } from './create-strategy.js';

interface BalancerEvents {
  /** A backend answered; its request still counts as in flight. */
  answer: [backend: ProxiedBackend, headers: HeaderList];
  /** A request is over. */
  end: [record: ProxyRecord];
}

/** One balancer: its backends, the strategy that orders them, and the way requests take to them. */
export class Balancer {
  readonly strategy: Strategy<ProxiedBackend>;
  readonly backends: readonly ProxiedBackend[];
  readonly events = new EventEmitter<BalancerEvents>();
  readonly #forwarder: UndiciForwarder;
  readonly #proxy: Proxy;
  readonly #mode: BalancerTopology['mode'];
  readonly #logger: Logger;

  constructor(topology: BalancerTopology, config: BalancerConfig, logger: Logger) {
    this.#logger = logger;
    this.strategy = createStrategy(topology.strategy);
    this.backends = topology.backends.map((backend) => new ProxiedBackend(backend));
    this.#mode = topology.mode;
    this.#forwarder = new UndiciForwarder({
      connect: config.CONNECT_TIMEOUT * 1000,
      backendHead: config.BACKEND_HEAD_TIMEOUT * 1000,
      backendIdle: config.BACKEND_IDLE_TIMEOUT * 1000,
    });
    this.#proxy = new Proxy({
      strategy: this.strategy,
      backends: this.backends,
      forwarder: this.#forwarder,
      maxInFlight: config.MAX_IN_FLIGHT,
      requestIdOf,
      onAnswer: (backend, headers) => this.events.emit('answer', backend, headers),
      onEnd: (record) => this.events.emit('end', record),
    });
  }

  /** Answers every request that is not for the balancer itself. */
  readonly serve: RequestListener = (request, response) => {
    if (this.#mode === 'redirect') {
      redirect(request, response, this, requestIdOf(request));
      return;
    }
    discardBodyAfterAnswer(request, response);
    this.#proxy.handle(request, response).catch((error: unknown) => {
      this.#logger.error({ err: error, url: request.url }, 'A request failed inside the balancer');
      response.destroy();
    });
  };

  close(): Promise<void> {
    return this.#forwarder.close();
  }
}

function requestIdOf({ headers }: IncomingMessage): string {
  return requestIdFrom(headers['x-request-id']);
}
