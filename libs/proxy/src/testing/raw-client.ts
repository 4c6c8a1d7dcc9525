import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** After which a test gives up waiting for bytes. */
const PATIENCE_MS = 30_000;

/** A client of which every byte is chosen. It does not end its side because the server has ended its own. */
export class RawClient implements Disposable {
  readonly socket: Socket;
  #received = '';
  #closed: 'end' | 'reset' | undefined;
  #wake: () => void = () => undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#received += text;
      this.#wake();
    });
    const onClosed = (how: 'end' | 'reset') => {
      this.#closed ??= how;
      this.#wake();
    };
    socket.on('end', () => onClosed('end'));
    socket.on('error', () => onClosed('reset'));
    socket.on('close', () => onClosed('end'));
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  send(bytes: string | Buffer): this {
    if (typeof bytes === 'string') this.socket.write(bytes, 'latin1');
    else this.socket.write(bytes);
    return this;
  }

  /** Sends nothing more, and reads on. */
  end(): this {
    this.socket.end();
    return this;
  }

  /** Gives what has come since the last read, once it is as long as `expected`, or nothing more comes. */
  async read(expected: string): Promise<string> {
    await this.#until(() => this.#received.length >= expected.length || this.#closed !== undefined);
    const received = this.#received;
    this.#received = '';
    return received;
  }

  /** Gives what has come since the last read, once `isEnough` says so, or nothing more comes. */
  async readUntil(isEnough: (received: string) => boolean): Promise<string> {
    await this.#until(() => this.#closed !== undefined || isEnough(this.#received));
    const received = this.#received;
    this.#received = '';
    return received;
  }

  /** Gives what comes until the server closes, and how it does. */
  async readAll(): Promise<{ text: string; closed: 'end' | 'reset' | undefined }> {
    await this.#until(() => this.#closed !== undefined);
    const text = this.#received;
    this.#received = '';
    return { text, closed: this.#closed };
  }

  /** Whether the server has closed the connection. */
  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** Breaks the connection off. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  /** Waits for `isEnough`, or until patience ends; what has come then tells the rest. */
  async #until(isEnough: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, PATIENCE_MS);
    this.#wake = () => {
      if (isEnough()) resolve();
    };
    this.#wake();
    await promise;
    clearTimeout(timer);
  }
}
