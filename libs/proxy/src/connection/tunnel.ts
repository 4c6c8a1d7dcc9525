import type { Socket } from 'node:net';
import { cut, keepable, takesMore, type ReadBuffer, type SocketEvents } from './byte-socket.js';
import type { DataPlane } from './data-plane.js';
import type { Waiting } from './deadlines.js';
import type { Exchange } from './exchange.js';
import { UNLISTED } from './roster.js';

/** One side of a tunnel: its socket, and where that reads. */
export interface TunnelEnd {
  readonly socket: Socket;
  readonly buffer: ReadBuffer;
}

/**
 * What a connection becomes when both sides agree to another protocol (RFC 9110 §7.8), such as WebSocket: bytes go both
 * ways as they come, each side may end before the other, and it is over when both have, or one is gone.
 */
export class Tunnel implements Waiting {
  deadline = 0;
  place = UNLISTED;
  /** What becomes of what each side's socket tells. */
  readonly client: SocketEvents;
  readonly backend: SocketEvents;
  readonly #plane: DataPlane;
  readonly #sockets: readonly [Socket, Socket];
  readonly #exchange: Exchange;
  #open = 2;
  /** When it ends whatever passes, as its backend is to be drained. */
  #limit = Infinity;

  constructor(plane: DataPlane, exchange: Exchange, client: TunnelEnd, backend: TunnelEnd) {
    this.#plane = plane;
    this.#exchange = exchange;
    this.#sockets = [client.socket, backend.socket];
    this.client = this.#relay(client, backend.socket, (bytes) => (exchange.bytesReceived += bytes));
    this.backend = this.#relay(backend, client.socket, (bytes) => (exchange.bytesSent += bytes));
    client.buffer.own();
    backend.buffer.own();
    plane.deadlines.add(this);
    this.onPlan();
  }

  /** The backend is drained, or is no longer. */
  onPlan(): void {
    const { deadlines, pool } = this.#plane;
    if (this.#exchange.backend?.mode === 'ready') this.#limit = Infinity;
    else this.#limit = Math.min(this.#limit, deadlines.after(pool.policy.drain.tunnelMs));
    this.#touch();
  }

  /** Nothing has passed for too long, or one side takes nothing of what the other left for it. */
  onDeadline(): void {
    this.#exchange.cut = 'balancer';
    this.#exchange.failure = { error: 'connection_read_timeout', reason: this.#whyItEnds() };
    for (const socket of this.#sockets) cut(socket);
  }

  #whyItEnds(): string {
    if (this.#open < 2) return 'one side of the tunnel did not take what the other had left for it';
    return this.#limit <= this.deadline
      ? 'the backend of the tunnel is drained, and its time is over'
      : 'nothing has passed through the tunnel for too long';
  }

  #relay(from: TunnelEnd, to: Socket, count: (bytes: number) => void): SocketEvents {
    const { socket, buffer } = from;
    const sender = {
      get isIdle() {
        return to.writableLength === 0;
      },
    };
    return {
      onBytes: (bytes, length) => {
        this.#touch();
        count(length);
        const piece = keepable(bytes, 0, length);
        to.write(piece);
        buffer.sent(piece, sender);
        if (!takesMore(to)) socket.pause();
      },
      onEnd: () => to.end(),
      onDrain: () => {
        this.#touch();
        to.resume();
      },
      onClose: (error) => {
        if (error === undefined) to.destroySoon();
        else cut(to);
        this.#open--;
        if (this.#open === 0) this.#end();
        else this.deadline = this.#plane.deadlines.after(this.#plane.timeouts.clientStall);
      },
    };
  }

  #end(): void {
    this.#plane.deadlines.delete(this);
  }

  #touch(): void {
    const { deadlines, timeouts } = this.#plane;
    this.deadline = Math.min(deadlines.after(timeouts.tunnelIdle), this.#limit);
  }
}
