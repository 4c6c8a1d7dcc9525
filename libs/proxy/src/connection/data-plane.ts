import type { Socket } from 'node:net';
import { DEFAULT_BODY_LIMITS, type BodyLimits } from '../body-limits.js';
import { HeadScanner } from '../message/head-scanner.js';
import { HttpDate } from '../message/http-date.js';
import { MessageBuilder } from '../message/message-builder.js';
import { DEFAULT_LIMITS, type MessageLimits } from '../message/message-error.js';
import { Pseudonym } from '../message/pseudonym.js';
import type { ProxiedBackend } from '../proxied-backend.js';
import { tooManyConnections } from '../proxy-answer.js';
import type { BackendPool } from '../resilience/backend-pool.js';
import type { BalancingPlan } from '../resilience/plan.js';
import { DEFAULT_TIMEOUTS, type Timeouts } from '../timeouts.js';
import { BodyMemory } from './body-memory.js';
import { BodyPace } from './body-pace.js';
import { ClientConnection } from './client-connection.js';
import { ClientCounts, DEFAULT_CLIENT_LIMITS } from './client-counts.js';
import { ConnectionPool } from './connection-pool.js';
import type { DataPlaneOptions } from './data-plane-options.js';
import { Deadlines } from './deadlines.js';
import { Dispatcher } from './dispatcher.js';
import { eventClock } from './event-clock.js';
import { Listener, type ListenAddress } from './listener.js';
import { openFileLimit, shareOpenFiles } from './open-files.js';
import { Tunnel } from './tunnel.js';

/** A backend that is out and silent for so long is left by the requests that it has. */
const SILENT_MS = 1_000;
/** Longest that a timer of Node waits; it takes what is longer, `Infinity` included, for 1 ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const DEFAULT_MAX_IDLE = 1_000;
/** A head, and a short body with it. */
const ANSWER_BYTES = 32_768;
/** Client connections at most, where nothing else is said. */
export const DEFAULT_MAX_CONNECTIONS = 10_000;

/** Accepts clients and holds the connections on both sides; the {@link Dispatcher} takes requests from one to the other. One per thread. */
export class DataPlane {
  readonly limits: MessageLimits;
  readonly timeouts: Timeouts;
  readonly deadlines = new Deadlines(() => this.#leaveTheSilent());
  readonly scanner: HeadScanner;
  /** What answers are put together with. */
  readonly message = new MessageBuilder(ANSWER_BYTES);
  readonly pseudonym: Pseudonym;
  readonly isTrusted: (address: string) => boolean;
  readonly maxIdle: number;
  readonly pool: BackendPool;
  readonly dispatcher: Dispatcher;
  /** For the bodies that may have to be sent again. */
  readonly replayMemory = new BodyMemory();
  readonly bodies: BodyLimits;
  readonly bodyPace: BodyPace;
  /** For the bodies that are read before a backend is taken; {@link BodyLimits.bufferTotalBytes} is shared out among the threads. */
  readonly aheadMemory = new BodyMemory();
  readonly aheadTotal: number;
  /** It is about to close: each response says so to its client, whose connection ends with it. */
  leaving = false;
  readonly connectionsOfClients: ClientCounts;
  readonly requestsOfClients: ClientCounts;
  /** It closes: no connection is kept for another request. */
  draining = false;
  /** Of the plan that is followed. */
  #version: number;
  readonly #pools = new Map<ProxiedBackend, ConnectionPool>();
  readonly #listener: Listener;
  readonly #maxConnections: number;
  readonly #date: HttpDate;

  constructor(options: DataPlaneOptions) {
    this.pool = options.pool;
    this.#version = options.pool.version;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
    const clients = { ...DEFAULT_CLIENT_LIMITS, ...options.clients };
    this.connectionsOfClients = new ClientCounts(clients.connections);
    this.requestsOfClients = new ClientCounts(clients.requests);
    this.bodies = { ...DEFAULT_BODY_LIMITS, ...options.bodies };
    // A client that is sent elsewhere sends its body there.
    if (options.mode === 'redirect') this.bodies = { ...this.bodies, bufferBytes: 0 };
    this.bodyPace = new BodyPace(this.deadlines, this.bodies, this.timeouts.clientIdle);
    this.aheadTotal = this.bodies.bufferTotalBytes / this.pool.ledger.shape.threads;
    this.scanner = new HeadScanner(this.limits);
    this.pseudonym = new Pseudonym(options.pseudonym);
    this.isTrusted = options.isTrusted ?? (() => false);
    this.maxIdle = options.maxIdle ?? DEFAULT_MAX_IDLE;
    this.#date = new HttpDate(options.wallClock);
    this.dispatcher = new Dispatcher(this, options);
    const { sockets, connections } = shareOpenFiles(openFileLimit(), this.pool.ledger.shape.threads);
    this.#listener = new Listener((socket) => this.#accept(socket), sockets);
    this.#maxConnections = Math.min(options.maxConnections ?? DEFAULT_MAX_CONNECTIONS, connections);
  }

  /** The `Date` line of a response that has none, behind another line. */
  get date(): string {
    return this.#date.line(eventClock.now);
  }

  /** @returns the port */
  async listen(address: ListenAddress): Promise<number> {
    this.deadlines.start();
    return this.#listener.listen(address);
  }

  /** Says `Connection: close` on each response from now on; whatever comes is still served. */
  leave(): void {
    this.leaving = true;
  }

  /** Takes no more connections, lets requests finish that were sent by now, and cuts after `graceMs`, at most 24 days, what is left. */
  async close(graceMs: number): Promise<void> {
    const until = performance.now() + graceMs;
    this.leaving = true;
    this.draining = true;
    for (const client of this.deadlines.of(ClientConnection)) client.drain();
    await this.#listener.stop(graceMs);
    const cut = setTimeout(
      () => {
        for (const client of this.deadlines.of(ClientConnection)) client.destroy();
      },
      // The time may be over by now: Node warns of a negative one.
      Math.max(0, Math.min(until - performance.now(), MAX_TIMER_MS)),
    );
    await this.#listener.closed();
    clearTimeout(cut);
    for (const pool of this.#pools.values()) pool.destroy();
    this.deadlines.stop();
  }

  /**
   * Follows another plan from the next request on. Requests in flight finish where they are; tunnels to backends that are
   * drained have the time that the policy gives them.
   *
   * @returns false for a plan that is not newer than the one it follows
   * @throws RangeError for a plan that cannot be followed, and goes on as before
   */
  apply(plan: BalancingPlan): boolean {
    this.pool.apply(plan);
    if (this.#version === this.pool.version) return false;
    this.#version = this.pool.version;
    for (const pool of this.#pools.values()) pool.retire();
    for (const tunnel of this.deadlines.of(Tunnel)) tunnel.onPlan();
    this.dispatcher.onPlan();
    return true;
  }

  /**
   * A backend that is out and has answered nothing for a while will not answer: a stopped process still accepts what it is sent. It may
   * as well be slow, where no time is set for one attempt.
   */
  #leaveTheSilent(): void {
    if (this.pool.policy.retry.perTryTimeoutMs === 0) return;
    for (const pool of this.#pools.values()) {
      const { health, answeredAt } = pool.backend;
      if (health.state !== 'up' && eventClock.now - answeredAt >= SILENT_MS) pool.abandon();
    }
  }

  /** The connections to a backend. */
  poolOf(backend: ProxiedBackend): ConnectionPool {
    let pool = this.#pools.get(backend);
    if (pool === undefined) {
      pool = new ConnectionPool(this, backend);
      this.#pools.set(backend, pool);
    }
    return pool;
  }

  /** There is no connection any more to a backend that gets no more requests. */
  forgetPool({ backend }: ConnectionPool): void {
    this.#pools.delete(backend);
  }

  /** A client's connection has closed. */
  onClientClosed({ address }: ClientConnection): void {
    this.pool.ledger.addConnections(this.pool.thread, -1);
    if (this.#countsConnectionsOf(address)) this.connectionsOfClients.leave(address);
  }

  /** Behind a trusted proxy are many clients. */
  #countsConnectionsOf(address: string): boolean {
    return this.connectionsOfClients.isOn && !this.isTrusted(address);
  }

  #accept(socket: Socket): void {
    const { ledger, thread } = this.pool;
    if (ledger.connections >= this.#maxConnections) {
      socket.destroy();
      return;
    }
    ledger.addConnections(thread, 1);
    // From here on it lives by its socket's events.
    const client = new ClientConnection(this, socket);
    const { address } = client;
    if (this.#countsConnectionsOf(address) && !this.connectionsOfClients.enter(address))
      client.refuse(tooManyConnections(this.connectionsOfClients.limit));
  }
}
