import type { Strategy } from '@balanza/balancing';
import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import type { SpinLock } from '../accounting/spin-lock.js';
import type { ForwardError } from '../forward-error.js';
import { HeadScanner } from '../message/head-scanner.js';
import { MessageBuilder } from '../message/message-builder.js';
import { DEFAULT_LIMITS, type MessageLimits } from '../message/message-error.js';
import type { ProxiedBackend } from '../proxied-backend.js';
import { badGateway, gatewayTimeout, overloaded, redirectTo } from '../proxy-answer.js';
import { DEFAULT_TIMEOUTS, type Timeouts } from '../timeouts.js';
import { ClientConnection } from './client-connection.js';
import { ConnectionPool } from './connection-pool.js';
import { Deadlines } from './deadlines.js';
import { CLIENT_CLOSED_REQUEST, type Exchange } from './exchange.js';

export interface DataPlaneOptions {
  readonly strategy: Strategy<ProxiedBackend>;
  /** Held while a backend is chosen and counted, where several threads share the counts. */
  readonly lock?: SpinLock;
  readonly backends: readonly ProxiedBackend[];
  /** `redirect` sends clients to the backend that was picked instead of asking it for them. Default `proxy`. */
  readonly mode?: 'proxy' | 'redirect';
  /** Answers the targets that are the proxy's own, where it has any. */
  readonly own?: { readonly backend: ProxiedBackend; readonly isOwn: (target: string) => boolean };
  /** Requests in flight to one backend at most; beyond it the backend is passed over. Default 1,000. */
  readonly maxInFlight?: number;
  /** Unused connections that are kept to one backend at most. Default 1,000. */
  readonly maxIdle?: number;
  /** Client connections at most; more are closed at once. Default 10,000. */
  readonly maxConnections?: number;
  readonly timeouts?: Partial<Timeouts>;
  readonly limits?: Partial<MessageLimits>;
  /** Whether a peer with this address is believed in what it says of earlier hops. Default: nobody. */
  readonly isTrusted?: (address: string) => boolean;
  /** Told of every answer's head before the request stops counting as in flight. */
  readonly onAnswer?: (backend: ProxiedBackend, head: Pick<HeadScanner, 'valueOf'>) => void;
  /** Told of every request once it is over. */
  readonly onEnd?: (exchange: Exchange) => void;
  /** Told of every message that was refused before it was a request. */
  readonly onRefused?: (status: number) => void;
}

export const DEFAULT_MAX_IN_FLIGHT = 1_000;
const DEFAULT_MAX_IDLE = 1_000;
/** Connections that wait to be accepted, as far as the system allows (`net.core.somaxconn`): many may come at once. */
const BACKLOG = 4_096;
export const DEFAULT_MAX_CONNECTIONS = 10_000;

/** Takes each request the way: pick → connect → send → relay → account. One per thread. */
export class DataPlane {
  readonly limits: MessageLimits;
  readonly timeouts: Timeouts;
  readonly deadlines = new Deadlines();
  readonly scanner: HeadScanner;
  readonly message = new MessageBuilder();
  readonly isTrusted: (address: string) => boolean;
  readonly maxIdle: number;
  /** No connection is kept for another request. */
  draining = false;
  readonly #options: DataPlaneOptions;
  readonly #maxInFlight: number;
  readonly #clients = new Set<ClientConnection>();
  readonly #pools = new Map<ProxiedBackend, ConnectionPool>();
  readonly #server: Server;

  constructor(options: DataPlaneOptions) {
    this.#options = options;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
    this.scanner = new HeadScanner(this.limits);
    this.isTrusted = options.isTrusted ?? (() => false);
    this.maxIdle = options.maxIdle ?? DEFAULT_MAX_IDLE;
    this.#maxInFlight = options.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT;
    this.#server = createServer({ noDelay: true, pauseOnConnect: true, allowHalfOpen: true }, (socket) =>
      this.#accept(socket),
    );
    this.#server.maxConnections = options.maxConnections ?? DEFAULT_MAX_CONNECTIONS;
  }

  /** @param address where to listen; `reusePort` lets several threads share a port */
  async listen(address: {
    readonly host: string;
    readonly port: number;
    readonly reusePort?: boolean;
  }): Promise<number> {
    this.deadlines.start();
    this.#server.listen({ backlog: BACKLOG, ...address });
    await once(this.#server, 'listening');
    // A connection that could not be accepted, for want of descriptors for example: the others go on.
    this.#server.on('error', () => undefined);
    const bound = this.#server.address();
    return typeof bound === 'object' && bound !== null ? bound.port : address.port;
  }

  /** Takes no more connections, lets requests in flight finish, and cuts after `graceMs` what is left. */
  async close(graceMs: number): Promise<void> {
    this.draining = true;
    const closed = this.#server.listening ? once(this.#server, 'close') : Promise.resolve();
    this.#server.close();
    for (const client of this.#clients) client.drain();
    const cut = setTimeout(() => {
      for (const client of this.#clients) client.destroy();
    }, graceMs);
    await closed;
    clearTimeout(cut);
    for (const pool of this.#pools.values()) pool.destroy();
    this.deadlines.stop();
  }

  /** Picks a backend for a request and sends it there. */
  begin(exchange: Exchange): void {
    const { own, strategy, backends } = this.#options;
    if (own !== undefined && own.isOwn(exchange.target)) {
      exchange.backend = own.backend;
      this.#send(exchange, own.backend, false);
    } else {
      exchange.candidates = strategy.candidates(backends)[Symbol.iterator]();
      this.#askNext(exchange);
    }
  }

  /** Told by a connection that its request got no whole answer. */
  onForwardError(exchange: Exchange, error: ForwardError): void {
    const { backend, client, lease } = exchange;
    if (backend === undefined || exchange.over) return;
    if (error.stale && exchange.repeatable && !exchange.answered) {
      // The backend closed a connection that it had kept, just as the request was sent: no fault of its own.
      this.#send(exchange, backend, true);
      return;
    }
    lease?.fail();
    if (error.kind === 'connect' && exchange.candidates !== undefined) {
      lease?.release();
      this.#askNext(exchange);
      // The body has waited; a connection that stands already does not say when it may come.
      if (client.isConnected()) client.resume();
    } else client.answer(exchange, error.kind === 'timeout' ? gatewayTimeout() : badGateway());
  }

  /** The head of an answer has come. */
  onAnswer(exchange: Exchange, head: HeadScanner): void {
    const { backend } = exchange;
    if (backend !== undefined && exchange.candidates !== undefined) this.#options.onAnswer?.(backend, head);
  }

  /** A request is over, well or not. */
  end(exchange: Exchange): void {
    if (exchange.over) return;
    exchange.over = true;
    if (!exchange.answered) exchange.status = CLIENT_CLOSED_REQUEST;
    exchange.lease?.end(exchange);
    // The proxy's own routes are nobody's traffic.
    if (exchange.candidates !== undefined) this.#options.onEnd?.(exchange);
  }

  onRefused(status: number): void {
    this.#options.onRefused?.(status);
  }

  forget(client: ClientConnection): void {
    this.#clients.delete(client);
  }

  #accept(socket: Socket): void {
    this.#clients.add(new ClientConnection(this, socket));
  }

  /** Asks the next candidate that has room, as long as nothing has been sent to anybody. */
  #askNext(exchange: Exchange): void {
    const { lock, mode } = this.#options;
    const backend = lock === undefined ? this.#pick(exchange) : lock.hold(() => this.#pick(exchange));
    const { client } = exchange;
    if (backend !== undefined && mode === 'redirect') {
      client.answer(exchange, redirectTo(backend.url + exchange.target));
    } else if (backend !== undefined) this.#send(exchange, backend, false);
    else client.answer(exchange, exchange.backend === undefined ? overloaded() : badGateway());
  }

  /** Chooses and counts in one step: where threads share the counts, nobody else may choose in between. */
  #pick(exchange: Exchange): ProxiedBackend | undefined {
    const { candidates } = exchange;
    for (let next = candidates?.next(); next !== undefined && next.done !== true; next = candidates?.next()) {
      if (next.value.inFlight >= this.#maxInFlight) continue;
      exchange.backend = next.value;
      exchange.lease = next.value.lease();
      return next.value;
    }
    return undefined;
  }

  /** @param fresh over a connection that was not used before */
  #send(exchange: Exchange, backend: ProxiedBackend, fresh: boolean): void {
    this.#poolOf(backend).take(fresh).begin(exchange);
  }

  #poolOf(backend: ProxiedBackend): ConnectionPool {
    let pool = this.#pools.get(backend);
    if (pool === undefined) {
      pool = new ConnectionPool(this, backend);
      this.#pools.set(backend, pool);
    }
    return pool;
  }
}
