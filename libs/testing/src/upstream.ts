import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A server that a test put behind the thing it tests. */
export interface Upstream extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Closes the port and cuts every connection. */
  stop(): Promise<void>;
}

/** An HTTP server on a free port. */
export function httpUpstream(listener: RequestListener): Promise<Upstream> {
  return listen(createServer({ keepAliveTimeout: 60_000 }, listener));
}

/** A TCP server on a free port, for answers that no HTTP server would give. */
export function rawUpstream(onConnection: (socket: Socket) => void): Promise<Upstream> {
  return listen(
    createTcpServer((socket) => {
      socket.on('error', () => undefined);
      onConnection(socket);
    }),
  );
}

async function listen(server: Server): Promise<Upstream> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { url: `http://127.0.0.1:${port}`, port, stop, [Symbol.asyncDispose]: stop };
}
