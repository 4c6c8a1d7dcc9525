import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';

/** Where clients come. */
export interface ListenAddress {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Other threads of this process listen there already, and the port is shared with them. */
  readonly shared?: boolean;
}

/** Connections that wait to be accepted, as far as the system allows (`net.core.somaxconn`): many may come at once. */
const BACKLOG = 4_096;

/** Turns of the event loop in which, at the end, those are accepted who are waiting, until a turn in which nobody comes. */
const LAST_TURNS = 10;
/** Where there was none, further ones, of which each may be the last though more came than in the last one before. */
const MORE_TURNS = 64;

/**
 * Accepts connections on one port, through many listening sockets. libuv accepts one connection of each in a turn of the event
 * loop (since 1.47), and a turn under load is long: with one socket, the last of a thousand clients that come at once waits for a
 * thousand turns. The system deals clients out by chance, so that few of many sockets have more than one.
 */
export class Listener {
  readonly #onConnection: (socket: Socket) => void;
  readonly #sockets: number;
  readonly #servers: Server[] = [];
  #accepted = 0;
  #closed: Promise<unknown> | undefined;

  /** @param sockets how many there are to listen, where the system allows more than one */
  constructor(onConnection: (socket: Socket) => void, sockets: number) {
    this.#onConnection = onConnection;
    this.#sockets = sockets;
  }

  /**
   * @returns the port
   * @throws Error with the system's code, such as `EADDRINUSE`
   */
  async listen({ host, port, shared = false }: ListenAddress): Promise<number> {
    // Opened to be alone with the port, it finds out whether anybody else has it; sharing would not.
    const alone = shared ? undefined : await this.#open({ host, port });
    const found = alone === undefined ? port : portOf(alone);
    alone?.close();
    try {
      while (this.#servers.length < this.#sockets)
        this.#servers.push(await this.#open({ host, port: found, reusePort: true }));
    } catch (error) {
      // Fewer do where descriptors are wanting.
      if (this.#servers.length > 0) return found;
      if (shared) throw explainSharing(error, process.platform);
      // macOS and Windows share no port.
      this.#servers.push(await this.#open({ host, port: found }));
    }
    return found;
  }

  /**
   * Accepts no more than those whom the system has connected already: it would reset them, with what they have sent. Under load somebody
   * always comes; then it ends with a turn in which few did, as few are likely to have come since.
   *
   * @param graceMs after which it does not wait for such a turn
   */
  async stop(graceMs = Infinity): Promise<void> {
    const until = performance.now() + graceMs;
    for (let turn = 0; turn < LAST_TURNS + MORE_TURNS; turn++) {
      const before = this.#accepted;
      // The turn that is under way may be past accepting.
      await setImmediate();
      await setImmediate();
      const further = Math.max(0, turn - LAST_TURNS);
      if (this.#accepted - before <= (further * this.#servers.length) / MORE_TURNS) break;
      if (further > 0 && performance.now() > until) break;
    }
    this.#closed = Promise.all(this.#servers.map(closed));
  }

  /** Resolves when it is stopped and the connections that were accepted have closed. */
  async closed(): Promise<void> {
    await this.#closed;
  }

  async #open(address: { host: string; port: number; reusePort?: boolean }): Promise<Server> {
    const server = createServer({ noDelay: true, pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
      this.#accepted++;
      this.#onConnection(socket);
    });
    server.listen({ backlog: BACKLOG, ...address });
    await once(server, 'listening');
    // A connection that could not be accepted, for want of descriptors for example: the others go on.
    server.on('error', () => undefined);
    return server;
  }
}

/** Says in a sentence that a system has no port for several threads (`ENOTSUP` of libuv: macOS, Windows). */
export function explainSharing(error: unknown, platform: NodeJS.Platform): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'ENOTSUP') return error;
  return new Error(
    `Threads cannot share a port on this system (${platform}): set threads to 1, by balancers.<name>.threads or BALANCER_THREADS`,
    { cause: error },
  );
}

async function closed(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  await once(server, 'close');
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
