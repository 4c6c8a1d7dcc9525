import type { Socket } from 'node:net';
import { eventClock } from './event-clock.js';

/** The encoding by which streams say that they hand on bytes; Node's types do not know it. */
const BYTES = 'buffer' as BufferEncoding;

/**
 * Sends bytes to one socket. While nothing waits to be sent they go straight to `_write`, where a stream takes them in the end:
 * what the stream itself does for a write, with a tick of its own behind it, is a tenth of what a small request costs. What
 * the system does not take at once waits, and a drain follows, as with any stream.
 */
export class SocketWriter {
  readonly #socket: Socket;
  readonly #onDrain: () => void;
  readonly #onError: (error: NodeJS.ErrnoException) => void;
  /** A write that the stream knows nothing of is not over. */
  #writing = false;
  /** That write may be over before the call is. */
  #calling = false;
  #failed = false;

  /**
   * @param onDrain called when the socket takes more again, after a write that it did not take at once
   * @param onError called when a write has failed, after which nothing is {@link flushed} any more; the socket is destroyed unless given
   */
  constructor(
    socket: Socket,
    onDrain: () => void,
    onError: (error: NodeJS.ErrnoException) => void = (error) => socket.destroy(error),
  ) {
    this.#socket = socket;
    this.#onDrain = onDrain;
    this.#onError = onError;
  }

  /** Sends bytes, which must not change before this {@link isIdle}. */
  send(bytes: Buffer): void {
    const socket = this.#socket;
    if (!this.flushed || socket.writableCorked > 0) {
      // The system keeps the order of both kinds of writes.
      socket.write(bytes);
      return;
    }
    this.#writing = true;
    this.#calling = true;
    // oxlint-disable-next-line no-underscore-dangle -- Node's name
    socket._write(bytes, BYTES, this.#onWritten);
    this.#calling = false;
  }

  /** Whether everything is on its way. */
  get flushed(): boolean {
    return this.isIdle && !this.#failed;
  }

  /** Whether nothing is to be sent any more, be it that everything is on its way or that it cannot be. */
  get isIdle(): boolean {
    return !this.#writing && this.#socket.writableLength === 0;
  }

  /** Whether the peer takes more now; where not, a drain follows. Corked writes count as not sent. */
  get takesMore(): boolean {
    // A single large write "needs drain" even when the system took all of it at once.
    return this.flushed || (!this.#writing && !this.#failed && !this.#socket.writableNeedDrain);
  }

  readonly #onWritten = (error?: NodeJS.ErrnoException | null): void => {
    this.#writing = false;
    if (error) {
      this.#failed = true;
      this.#onError(error);
    } else if (!this.#calling && this.takesMore) {
      eventClock.read();
      this.#onDrain();
    }
  };
}
