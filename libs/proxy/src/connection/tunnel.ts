import type { Socket } from 'node:net';
import { cut, keepable, takesMore, type ReadBuffer, type SocketEvents } from './byte-socket.js';
import type { DataPlane } from './data-plane.js';
import type { Waiting } from './deadlines.js';
import type { Exchange } from './exchange.js';

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
  /** What becomes of what each side's socket tells. */
  readonly client: SocketEvents;
  readonly backend: SocketEvents;
  readonly #plane: DataPlane;
  readonly #sockets: readonly [Socket, Socket];
  #open = 2;

  constructor(plane: DataPlane, exchange: Exchange, client: TunnelEnd, backend: TunnelEnd) {
    this.#plane = plane;
    this.#sockets = [client.socket, backend.socket];
    this.client = this.#relay(client, backend.socket, (bytes) => (exchange.bytesReceived += bytes));
    this.backend = this.#relay(backend, client.socket, (bytes) => (exchange.bytesSent += bytes));
    client.buffer.own();
    backend.buffer.own();
    this.#touch();
    plane.deadlines.add(this);
  }

  /** Nothing has passed for too long, or one side takes nothing of what the other left for it. */
  onDeadline(): void {
    for (const socket of this.#sockets) cut(socket);
  }

  #relay(from: TunnelEnd, to: Socket, count: (bytes: number) => void): SocketEvents {
    const { socket, buffer } = from;
    return {
      onBytes: (bytes, length) => {
        this.#touch();
        count(length);
        to.write(keepable(bytes, 0, length));
        if (to.writableLength > 0) buffer.renew();
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
        if (this.#open === 0) this.#plane.deadlines.delete(this);
        else this.deadline = this.#plane.deadlines.after(this.#plane.timeouts.clientStall);
      },
    };
  }

  #touch(): void {
    this.deadline = this.#plane.deadlines.after(this.#plane.timeouts.tunnelIdle);
  }
}
