import type { Socket } from 'node:net';
import type { Exchange } from './exchange.js';
import { SocketWriter } from './socket-writer.js';

/** What a write meets where the peer has closed; what it sent before that may have yet to be read. */
const CLOSED = new Set(['EPIPE', 'ECONNRESET']);

/** The requests' way to one backend. */
export class BackendOutput {
  readonly #socket: Socket;
  readonly #writer: SocketWriter;
  #isCutOff = false;

  /** @param onDrain called when the backend takes more again */
  constructor(socket: Socket, onDrain: () => void) {
    this.#socket = socket;
    this.#writer = new SocketWriter(socket, onDrain, (error) => this.#onError(error));
  }

  /** Whether everything that was sent is on its way. */
  get flushed(): boolean {
    return this.#writer.flushed;
  }

  /** Whether nothing is to be sent any more, be it that everything is on its way or that it cannot be. */
  get isIdle(): boolean {
    return this.#writer.isIdle;
  }

  /** The backend takes nothing any more, as it has closed the connection; its answer may have come before that. */
  get isCutOff(): boolean {
    return this.#isCutOff;
  }

  /** Sends the head, and again what was sent of the body before. */
  begin({ head, replay, requestSent }: Exchange): void {
    if (!requestSent || replay.length > 0) this.#cork();
    this.#writer.send(head);
    for (const piece of replay) this.#writer.send(piece);
  }

  /** Sends a piece of the body, which must not change before this {@link isIdle}. @returns false when the backend takes no more for now */
  sendBody(bytes: Buffer): boolean {
    this.#writer.send(bytes);
    this.#uncork();
    return this.#writer.takesMore;
  }

  /** The head goes out together with what is there of the body, or alone where nothing is there yet. */
  #cork(): void {
    this.#socket.cork();
    process.nextTick(() => this.#uncork());
  }

  #uncork(): void {
    if (this.#socket.writableCorked > 0) this.#socket.uncork();
  }

  /** The connection is over once what has come on it is read: an answer to a request that the backend did not want to have whole. */
  #onError(error: NodeJS.ErrnoException): void {
    if (CLOSED.has(error.code ?? '')) this.#isCutOff = true;
    else this.#socket.destroy(error);
  }
}
