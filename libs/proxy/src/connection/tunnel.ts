import type { Socket } from 'node:net';
import { cut, takesMore, type SocketEvents } from './byte-socket.js';
import type { DataPlane } from './data-plane.js';
import type { Waiting } from './deadlines.js';
import type { Exchange } from './exchange.js';

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

  constructor(plane: DataPlane, exchange: Exchange, client: Socket, backend: Socket) {
    this.#plane = plane;
    this.#sockets = [client, backend];
    this.client = this.#relay(client, backend, (bytes) => (exchange.bytesReceived += bytes));
    this.backend = this.#relay(backend, client, (bytes) => (exchange.bytesSent += bytes));
    this.#touch();
    plane.deadlines.add(this);
  }

  /** Nothing has passed for too long, or one side takes nothing of what the other left for it. */
  onDeadline(): void {
    for (const socket of this.#sockets) cut(socket);
  }

  #relay(from: Socket, to: Socket, count: (bytes: number) => void): SocketEvents {
    return {
      onBytes: (bytes, length) => {
        this.#touch();
        count(length);
        to.write(Buffer.from(bytes.subarray(0, length)));
        if (!takesMore(to)) from.pause();
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
