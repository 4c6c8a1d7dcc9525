import type { Socket } from 'node:net';
import { backlogOf, cut } from './byte-socket.js';
import type { Deadlines, Waiting } from './deadlines.js';
import { UNLISTED } from './roster.js';
import { SocketWriter } from './socket-writer.js';

/** The answers' way to one client, who is cut off when it has stopped reading. */
export class ClientOutput implements Waiting {
  deadline = 0;
  place = UNLISTED;
  readonly #socket: Socket;
  readonly #writer: SocketWriter;
  readonly #deadlines: Deadlines;
  readonly #stallMs: number;
  #watching = false;
  #backlog = 0;

  /**
   * @param stallMs how long the client may take nothing of what waits for it
   * @param onDrain called when the client takes more again
   */
  constructor(socket: Socket, deadlines: Deadlines, stallMs: number, onDrain: () => void) {
    this.#socket = socket;
    this.#writer = new SocketWriter(socket, onDrain);
    this.#deadlines = deadlines;
    this.#stallMs = stallMs;
  }

  /** Sends text of one byte per character. */
  send(text: string): void {
    this.#socket.write(text, 'latin1');
  }

  /** Sends bytes, which must not change before this {@link isIdle}. */
  sendBytes(bytes: Buffer): void {
    this.#writer.send(bytes);
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  /** Whether the client takes no more for now; a drain follows, or the connection is cut. */
  isFull(): boolean {
    if (this.#writer.takesMore) return false;
    this.watch();
    return true;
  }

  /** Whether everything is on its way. */
  get flushed(): boolean {
    return this.#writer.flushed;
  }

  /** Whether nothing is to be sent any more, be it that everything is on its way or that it cannot be. */
  get isIdle(): boolean {
    return this.#writer.isIdle;
  }

  /** Nothing more is sent behind what waits. */
  end(): void {
    if (this.#socket.writableEnded) return;
    if (!this.flushed) this.watch();
    this.#socket.end();
  }

  /** From now on the client has to take what waits for it, or is cut off. */
  watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    this.#backlog = backlogOf(this.#socket);
    this.deadline = this.#deadlines.after(this.#stallMs);
    this.#deadlines.add(this);
  }

  /** The client has taken everything, or is gone. */
  unwatch(): void {
    if (!this.#watching) return;
    this.#watching = false;
    this.#deadlines.delete(this);
  }

  onDeadline(): void {
    const backlog = backlogOf(this.#socket);
    if (this.flushed) this.unwatch();
    else if (backlog === this.#backlog) cut(this.#socket);
    // Slow, but not stalled.
    else this.deadline = this.#deadlines.after(this.#stallMs);
    this.#backlog = backlog;
  }
}
