import { connect, type Socket } from 'node:net';
import { ChunkedScanner } from '../message/chunked-scanner.js';
import { NO_LENGTH } from '../message/framing.js';
import { INCOMPLETE } from '../message/head-scanner.js';
import { MessageError } from '../message/message-error.js';
import { ResponseHead } from '../message/response-head.js';
import { writeResponseHead } from '../message/response-writer.js';
import { listenTo, readingInto, type SocketEvents } from './byte-socket.js';
import type { ConnectionPool } from './connection-pool.js';
import type { Waiting } from './deadlines.js';
import type { Exchange } from './exchange.js';
import type { ForwardErrorKind } from '../forward-error.js';
import type { DataPlane } from './data-plane.js';

/** What a connection to a backend is doing. */
type State = 'connecting' | 'idle' | 'head' | 'body' | 'tunnel' | 'closed';

/** An interim answer may come again and again (RFC 9110 §15.2), but not for ever. */
const MAX_INTERIM_ANSWERS = 32;

/** One connection to a backend: sends one request at a time and relays its answer. */
export class BackendConnection implements SocketEvents, Waiting {
  deadline = 0;
  readonly #plane: DataPlane;
  readonly #pool: ConnectionPool;
  readonly #socket: Socket;
  readonly #response = new ResponseHead();
  readonly #chunks: ChunkedScanner;
  #state: State = 'connecting';
  #exchange: Exchange | undefined;
  /** It has served a request before, so the backend may be closing it just as the next one is sent. */
  #reused = false;
  /** A head that is not whole yet. */
  #partial: Buffer | undefined;
  /** Bytes of the body still to come; meaningless where it is chunked or ends with the connection. */
  #left = 0;
  #chunking = false;
  #unchunking = false;
  #interimAnswers = 0;

  constructor(plane: DataPlane, pool: ConnectionPool) {
    this.#plane = plane;
    this.#pool = pool;
    this.#chunks = new ChunkedScanner(plane.limits);
    const { hostname, port } = pool;
    this.#socket = connect({ host: hostname, port, noDelay: true, ...readingInto(this) });
    this.#socket.once('connect', () => this.#onConnect());
    listenTo(this.#socket, this);
    this.deadline = plane.deadlines.after(plane.timeouts.connect);
    plane.deadlines.add(this);
  }

  /** Takes on `exchange` and sends its head, at once or as soon as the connection stands. */
  begin(exchange: Exchange): void {
    this.#exchange = exchange;
    exchange.connection = this;
    if (this.#state === 'connecting') return;
    this.#reused = true;
    this.#send(exchange);
  }

  /** Sends a piece of the request's body. @returns false when the backend takes no more for now */
  sendBody(bytes: Buffer): boolean {
    this.deadline = 0;
    return this.#socket.write(bytes);
  }

  /** The request has been sent in full; from now on the backend is waited for. */
  endRequest(): void {
    if (this.#state === 'head') this.deadline = this.#plane.deadlines.after(this.#plane.timeouts.backendHead);
  }

  /** The client takes no more for now; nobody can blame the backend for waiting. */
  pause(): void {
    this.deadline = 0;
    this.#socket.pause();
  }

  resume(): void {
    if (this.#state === 'body') this.deadline = this.#plane.deadlines.after(this.#plane.timeouts.backendIdle);
    this.#socket.resume();
  }

  /** Half-closes a tunnel in the direction of the backend. */
  endTunnel(): void {
    this.#socket.end();
  }

  /** Cuts the connection; its exchange, if any, is not told. */
  destroy(): void {
    this.#exchange = undefined;
    this.#close();
  }

  onBytes(bytes: Buffer, length: number): void {
    if (this.#state === 'idle' || this.#exchange === undefined) {
      // Nobody asked: what comes here would be taken for the answer to the next request.
      this.destroy();
      return;
    }
    let input = bytes;
    let end = length;
    if (this.#partial !== undefined) {
      input = Buffer.concat([this.#partial, bytes.subarray(0, length)]);
      end = input.length;
      this.#partial = undefined;
    }
    try {
      this.#read(this.#exchange, input, end);
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      this.#fail('broken', error);
    }
  }

  onEnd(): void {
    if (this.#state === 'body' && this.#response.untilClose) this.#finish(false);
    else if (this.#state === 'tunnel') this.#exchange?.client.endTunnel();
    else this.#fail('broken', new Error('the backend closed the connection'));
  }

  onDrain(): void {
    this.#exchange?.client.resume();
  }

  onClose(error: NodeJS.ErrnoException | undefined): void {
    const kind = this.#state === 'connecting' ? 'connect' : 'broken';
    if (this.#state === 'tunnel') {
      this.#exchange?.client.onTunnelClosed(this.#exchange);
      this.destroy();
      return;
    }
    this.#fail(kind, error ?? new Error('the backend closed the connection'));
  }

  onDeadline(): void {
    switch (this.#state) {
      case 'connecting':
        return this.#fail('connect', new Error('the backend did not accept the connection in time'));
      case 'head':
      case 'body':
        return this.#fail('timeout', new Error('the backend did not answer in time'));
      default:
        this.destroy();
    }
  }

  #onConnect(): void {
    const exchange = this.#exchange;
    if (exchange === undefined) {
      this.#close();
      return;
    }
    this.#send(exchange);
    // The body waits until it is known which backend gets it.
    exchange.client.resume();
  }

  #send(exchange: Exchange): void {
    this.#state = 'head';
    this.#interimAnswers = 0;
    exchange.connectedAt = performance.now();
    this.#socket.write(exchange.head, 'latin1');
    const { deadlines, timeouts } = this.#plane;
    this.deadline = exchange.requestSent ? deadlines.after(timeouts.backendHead) : 0;
  }

  #read(exchange: Exchange, bytes: Buffer, end: number): void {
    let at = 0;
    while (this.#state === 'head' && at < end) {
      const next = this.#readHead(exchange, bytes, at, end);
      if (next === INCOMPLETE) {
        this.#partial = Buffer.from(bytes.subarray(at, end));
        return;
      }
      at = next;
    }
    if (this.#state === 'body') this.#relayBody(exchange, bytes, at, end);
    else if (this.#state === 'tunnel' && at < end) this.#relayTunnel(exchange, bytes, at, end);
  }

  /** @returns where the body begins; by then the head, and a short body with it, is on its way to the client */
  #readHead(exchange: Exchange, bytes: Buffer, start: number, end: number): number {
    const { scanner } = this.#plane;
    const at = scanner.scanResponse(bytes, start, end);
    if (at === INCOMPLETE) return INCOMPLETE;
    const response = this.#response;
    response.read(scanner, exchange.method);
    if (response.status < 200 && response.status !== 101) {
      if (++this.#interimAnswers > MAX_INTERIM_ANSWERS)
        throw new MessageError('there are too many interim answers');
      if (!exchange.http10)
        exchange.client.sendInterim(
          writeResponseHead(scanner, response, { ...INTERIM, requestId: exchange.requestId }),
        );
      return at;
    }
    const { client } = exchange;
    if (response.status === 101 && !client.canSwitch())
      throw new MessageError('nobody asked to switch protocols');
    this.#plane.onAnswer(exchange, scanner);
    exchange.status = response.status;
    exchange.headAt = performance.now();
    this.#chunking = response.untilClose && !exchange.http10;
    this.#unchunking = response.framing.chunked && exchange.http10;
    const head = writeResponseHead(scanner, response, {
      requestId: exchange.requestId,
      connection: client.connectionLine(this.#unchunking || (response.untilClose && exchange.http10)),
      chunking: this.#chunking,
      unchunking: this.#unchunking,
    });
    return this.#beginBody(exchange, head, bytes, at, end);
  }

  #beginBody(exchange: Exchange, head: string, bytes: Buffer, start: number, end: number): number {
    const { framing, bodiless, status } = this.#response;
    const { client } = exchange;
    if (status === 101) {
      this.#state = 'tunnel';
      this.deadline = 0;
      client.switchProtocols(head);
      return start;
    }
    this.#state = 'body';
    this.#chunks.reset();
    this.#left = bodiless ? 0 : framing.contentLength;
    const isShort = !this.#response.untilClose && !framing.chunked && this.#left <= end - start;
    if ((bodiless || isShort) && this.#left <= SHORT_BODY_BYTES) {
      // The whole answer is here: one write, one system call.
      const bodyEnd = start + this.#left;
      exchange.bytesSent += this.#left;
      this.#left = 0;
      client.send(bodyEnd === start ? head : head + bytes.toString('latin1', start, bodyEnd));
      return bodyEnd;
    }
    client.cork();
    client.send(head);
    return start;
  }

  #relayBody(exchange: Exchange, bytes: Buffer, start: number, end: number): void {
    const { framing, untilClose, bodiless } = this.#response;
    let at = start;
    if (bodiless || (!framing.chunked && framing.contentLength !== NO_LENGTH && this.#left === 0)) {
      // Nothing is left to relay.
    } else if (framing.chunked) {
      at = this.#relayChunks(exchange, bytes, start, end);
    } else if (untilClose) {
      this.#relayPiece(exchange, bytes, start, end);
      at = end;
    } else {
      at = Math.min(start + this.#left, end);
      this.#left -= at - start;
      this.#relayPiece(exchange, bytes, start, at);
    }
    exchange.client.uncork();
    const done = bodiless || (framing.chunked ? this.#chunks.done : !untilClose && this.#left === 0);
    if (done) this.#finish(at === end);
    else if (this.deadline !== 0 || !this.#socket.isPaused()) {
      this.deadline = this.#plane.deadlines.after(this.#plane.timeouts.backendIdle);
    }
  }

  #relayChunks(exchange: Exchange, bytes: Buffer, start: number, end: number): number {
    if (this.#unchunking) {
      return this.#chunks.scan(bytes, start, end, (_, from, to) =>
        this.#relayPiece(exchange, bytes, from, to),
      );
    }
    const at = this.#chunks.scan(bytes, start, end);
    this.#relayPiece(exchange, bytes, start, at);
    return at;
  }

  #relayPiece(exchange: Exchange, bytes: Buffer, start: number, end: number): void {
    if (start === end) return;
    const { client } = exchange;
    exchange.bytesSent += end - start;
    if (this.#chunking) client.send(`${(end - start).toString(16)}\r\n`);
    const goesOn = client.sendBytes(Buffer.from(bytes.subarray(start, end)));
    if (this.#chunking) client.send('\r\n');
    if (!goesOn) this.pause();
  }

  #relayTunnel(exchange: Exchange, bytes: Buffer, start: number, end: number): void {
    exchange.bytesSent += end - start;
    if (!exchange.client.sendBytes(Buffer.from(bytes.subarray(start, end)))) this.pause();
  }

  /** @param clean whether nothing came behind the answer; otherwise the connection cannot be trusted */
  #finish(clean: boolean): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    const { client } = exchange;
    if (this.#chunking) client.send('0\r\n\r\n');
    this.#exchange = undefined;
    if (clean && exchange.requestSent && this.#response.persistent && !this.#socket.isPaused()) {
      this.#state = 'idle';
      this.deadline = this.#plane.deadlines.after(this.#plane.timeouts.backendKeepAlive);
      this.#pool.release(this);
    } else {
      this.#close();
    }
    client.onAnswered(exchange);
  }

  #fail(kind: ForwardErrorKind, cause: Error): void {
    const exchange = this.#exchange;
    const stale = this.#reused && this.#state === 'head' && this.#partial === undefined && kind === 'broken';
    this.#exchange = undefined;
    this.#close();
    if (exchange !== undefined) this.#plane.onForwardError(exchange, { kind, cause, stale });
  }

  #close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.deadline = 0;
    this.#plane.deadlines.delete(this);
    this.#pool.remove(this);
    this.#socket.destroy();
  }
}

/** A body up to this size goes out in one piece with its head. */
const SHORT_BODY_BYTES = 16_384;
const INTERIM = { connection: '', chunking: false, unchunking: false };
