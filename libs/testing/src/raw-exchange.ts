import { connect } from 'node:net';

const TIMEOUT_MS = 10_000;

/**
 * Sends bytes as they are and gives back everything that came until the server closed, or until `isEnough` says
 * that nothing more is awaited. Rejects when neither happens within {@link TIMEOUT_MS}, or nobody listens.
 */
export function rawExchange(
  port: number,
  bytes: string | Buffer,
  isEnough: (received: string) => boolean = () => false,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let received = '';
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no whole answer within ${TIMEOUT_MS} ms; got ${JSON.stringify(received)}`));
    }, TIMEOUT_MS);
    const end = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(received);
    };
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      received += chunk;
      if (isEnough(received)) end();
    });
    socket.on('close', end);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (received === '' && error.code === 'ECONNREFUSED') {
        clearTimeout(timer);
        reject(error);
      }
    });
  });
}
