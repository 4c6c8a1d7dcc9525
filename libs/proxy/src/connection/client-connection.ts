import type { Socket } from 'node:net';
import { ChunkedScanner } from '../message/chunked-scanner.js';
import { LF } from '../message/characters.js';
import { INCOMPLETE } from '../message/head-scanner.js';
import { MessageError } from '../message/message-error.js';
import { RequestHead } from '../message/request-head.js';
import { RequestWriter } from '../message/request-writer.js';
import { badRequest, clientTimeout, writeAnswer, type ProxyAnswer } from '../proxy-answer.js';
import { takeOver, type SocketEvents } from './byte-socket.js';
import type { DataPlane } from './data-plane.js';
import type { Waiting } from './deadlines.js';
import { Exchange } from './exchange.js';

/**
 * What a client's connection is doing: waiting for a head · taking a body · waiting for the answer · passing bytes
 * both ways · dropping what comes behind an answer · gone.
 */
type State = 'head' | 'body' | 'answer' | 'tunnel' | 'discard' | 'closed';

/** Of requests that come before the last one is answered (pipelining, RFC 9112 §9.3.2), so much is kept. */
const MAX_AHEAD_BYTES = 65_536;
/** What is still read, and for how long, of a body that nobody wants. */
const MAX_DISCARDED_BYTES = 64 * 1024 * 1024;
const MAX_DISCARD_MS = 5_000;
const CLOSE = 'Connection: close\r\n';
const KEEP_ALIVE = 'Connection: keep-alive\r\n';

/** One client's connection: reads its requests one after another and gives it the answers in the same order. */
export class ClientConnection implements SocketEvents, Waiting {
  deadline = 0;
  readonly #plane: DataPlane;
  readonly #socket: Socket;
  readonly #writer: RequestWriter;
  readonly #request = new RequestHead();
  readonly #chunks: ChunkedScanner;
  #state: State = 'head';
  #exchange: Exchange | undefined;
  /** Bytes that were read and not used yet: a part of a head, or what came ahead of its turn. */
  #ahead: Buffer | undefined;
  /** Bytes of the body still to come; meaningless where it is chunked. */
  #left = 0;
  #discarded = 0;
  /** The connection ends behind the current answer. */
  #closing = false;
  /** The client has said that it sends nothing more. */
  #ended = false;
  #consuming = false;

  constructor(plane: DataPlane, accepted: Socket) {
    this.#plane = plane;
    this.#chunks = new ChunkedScanner(plane.limits);
    const address = (accepted.remoteAddress ?? 'unknown').replace(/^::ffff:/, '');
    this.#writer = new RequestWriter(address, plane.isTrusted(address), () => this.#ownAuthority);
    this.deadline = plane.deadlines.after(plane.timeouts.clientHead);
    plane.deadlines.add(this);
    this.#socket = takeOver(accepted, this);
  }

  /** The address and port that the client connected to. */
  get #ownAuthority(): string {
    const { localAddress = '', localPort } = this.#socket;
    const address = localAddress.replace(/^::ffff:/, '');
    return `${address.includes(':') ? `[${address}]` : address}:${localPort}`;
  }

  /** Whether a request is being served. */
  get busy(): boolean {
    return this.#exchange !== undefined;
  }

  /** Sends text of one byte per character. */
  send(text: string): boolean {
    return this.#sent(this.#socket.write(text, 'latin1'));
  }

  /** Sends bytes, which must not change any more. @returns false when the client takes no more for now */
  sendBytes(bytes: Buffer): boolean {
    return this.#sent(this.#socket.write(bytes));
  }

  /** Sends the head of an interim answer. */
  sendInterim(head: string): void {
    this.send(head);
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  pause(): void {
    if (this.#state === 'body') this.deadline = 0;
    this.#socket.pause();
  }

  resume(): void {
    if (this.#state === 'body') this.deadline = this.#plane.deadlines.after(this.#plane.timeouts.clientIdle);
    this.#socket.resume();
    this.#consumeAhead();
  }

  /** Whether the current request asks to switch protocols. */
  canSwitch(): boolean {
    return this.#request.upgrade !== '';
  }

  /** The `Connection` line of the answer: whether the client may send another request. */
  connectionLine(endsWithConnection: boolean): string {
    const request = this.#request;
    this.#closing ||= endsWithConnection || !request.persistent || this.#ended || this.#plane.draining;
    if (this.#closing) return CLOSE;
    return request.http10 ? KEEP_ALIVE : '';
  }

  /** From now on bytes go both ways as they come. */
  switchProtocols(head: string): void {
    this.#state = 'tunnel';
    this.#closing = true;
    this.deadline = 0;
    this.send(head);
    this.#consumeAhead();
  }

  /** The backend sends nothing more into the tunnel. */
  endTunnel(): void {
    this.#socket.end();
    if (this.#ended) this.#socket.destroySoon();
  }

  /** The backend has left the tunnel. */
  onTunnelClosed(exchange: Exchange): void {
    this.#plane.end(exchange);
    this.#exchange = undefined;
    this.#socket.destroySoon();
  }

  /** The answer has been sent in full. */
  onAnswered(exchange: Exchange): void {
    this.#plane.end(exchange);
    this.#exchange = undefined;
    if (this.#state === 'body') this.#discardRest();
    else this.#next();
  }

  /** Answers the current request with an answer of the proxy's own, or cuts the connection if an answer has begun. */
  answer(exchange: Exchange, answer: ProxyAnswer): void {
    if (exchange.answered) {
      this.#socket.resetAndDestroy();
      return;
    }
    exchange.status = answer.status;
    this.#closing ||= !this.#request.persistent || this.#ended || this.#plane.draining;
    const connection = this.#closing ? CLOSE : this.#request.http10 ? KEEP_ALIVE : '';
    this.send(
      writeAnswer(answer, {
        requestId: exchange.requestId,
        connection,
        headOnly: exchange.method === 'HEAD',
      }),
    );
    this.onAnswered(exchange);
  }

  /** Closes the connection as soon as nobody waits for an answer on it. */
  drain(): void {
    this.#closing = true;
    if (this.#exchange === undefined) this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  onBytes(bytes: Buffer, length: number): void {
    if (this.#ahead === undefined) {
      this.#consume(bytes, 0, length);
      return;
    }
    const fresh = bytes.subarray(0, length);
    const ahead = Buffer.concat([this.#ahead, fresh]);
    // An unfinished head can only become whole, or worse, with the next line.
    if (this.#state === 'head' && !fresh.includes(LF) && ahead.length <= this.#plane.limits.headBytes) {
      this.#ahead = ahead;
      return;
    }
    this.#ahead = undefined;
    this.#consume(ahead, 0, ahead.length);
  }

  onEnd(): void {
    this.#ended = true;
    const exchange = this.#exchange;
    if (this.#state === 'tunnel') exchange?.connection?.endTunnel();
    else if (this.#state !== 'answer' || !this.#mayHalfClose()) this.#socket.destroySoon();
  }

  onDrain(): void {
    if (this.#state === 'answer' || this.#state === 'tunnel') this.deadline = 0;
    this.#exchange?.connection?.resume();
  }

  onClose(): void {
    const exchange = this.#exchange;
    this.#state = 'closed';
    this.deadline = 0;
    this.#exchange = undefined;
    this.#plane.deadlines.delete(this);
    this.#plane.forget(this);
    if (exchange === undefined) return;
    exchange.connection?.destroy();
    this.#plane.end(exchange);
  }

  onDeadline(): void {
    const exchange = this.#exchange;
    if (this.#socket.writableLength > 0) this.#socket.resetAndDestroy();
    else if (this.#state === 'body' && exchange !== undefined) {
      this.#giveUp(exchange, clientTimeout());
    } else if (this.#state === 'head' && this.#ahead !== undefined) this.#refuse(clientTimeout());
    else this.#socket.destroySoon();
  }

  /**
   * Whether a client that sends nothing more still reads the answer. It does when it said beforehand that this is its
   * last request (RFC 9112 §9.6); any other client is gone, and its backend is freed.
   */
  #mayHalfClose(): boolean {
    return this.#exchange !== undefined && !this.#request.persistent;
  }

  /** Uses up `bytes[start..end)`: as many requests as are there, as far as they can be served now. */
  #consume(bytes: Buffer, start: number, end: number): void {
    this.#consuming = true;
    let at = start;
    try {
      while (at < end) {
        const next = this.#step(bytes, at, end);
        if (next === INCOMPLETE) break;
        at = next;
      }
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      this.#onMessageError(error);
      at = end;
    } finally {
      this.#consuming = false;
    }
    if (at < end && this.#state !== 'closed') this.#keepAhead(bytes, at, end);
  }

  /** @returns where to go on, or {@link INCOMPLETE} when what is there cannot be used now */
  #step(bytes: Buffer, at: number, end: number): number {
    switch (this.#state) {
      case 'head':
        return this.#readHead(bytes, at, end);
      case 'body':
        return this.#relayBody(bytes, at, end);
      case 'tunnel':
        this.#relay(Buffer.from(bytes.subarray(at, end)));
        return end;
      case 'answer':
        return INCOMPLETE;
      case 'discard':
        this.#discarded += end - at;
        if (this.#discarded > MAX_DISCARDED_BYTES) this.#socket.destroy();
        return end;
      case 'closed':
        return end;
      default:
        return this.#state satisfies never;
    }
  }

  #keepAhead(bytes: Buffer, at: number, end: number): void {
    this.#ahead = Buffer.from(bytes.subarray(at, end));
    if (this.#state === 'head') {
      if (this.deadline === 0) this.deadline = this.#plane.deadlines.after(this.#plane.timeouts.clientHead);
    } else if (this.#ahead.length >= MAX_AHEAD_BYTES) this.#socket.pause();
  }

  #consumeAhead(): void {
    const ahead = this.#ahead;
    if (ahead === undefined || this.#consuming || this.#state === 'answer') return;
    this.#ahead = undefined;
    this.#consume(ahead, 0, ahead.length);
  }

  #readHead(bytes: Buffer, at: number, end: number): number {
    const plane = this.#plane;
    const { scanner } = plane;
    const bodyAt = scanner.scanRequest(bytes, at, end);
    if (bodyAt === INCOMPLETE) return INCOMPLETE;
    const request = this.#request;
    request.read(scanner);
    const head = this.#writer.write(scanner, request);
    const { framing, hasBody, method } = request;
    const exchange = new Exchange(this, {
      method: method.name,
      repeatable: method.idempotent && !hasBody && request.upgrade === '',
      target: request.target,
      http10: request.http10,
      requestId: this.#writer.requestId,
      head,
    });
    this.#exchange = exchange;
    exchange.requestSent = !hasBody;
    this.#state = hasBody ? 'body' : 'answer';
    this.#left = framing.contentLength;
    if (framing.chunked) this.#chunks.reset();
    this.deadline = 0;
    plane.begin(exchange);
    return bodyAt;
  }

  #relayBody(bytes: Buffer, start: number, end: number): number {
    const exchange = this.#exchange;
    // Not connected yet: the body waits, so that it can go to another backend whole.
    if (exchange !== undefined && exchange.connectedAt === 0) {
      this.#socket.pause();
      return INCOMPLETE;
    }
    const { chunked } = this.#request.framing;
    const at = chunked ? this.#chunks.scan(bytes, start, end) : Math.min(start + this.#left, end);
    if (!chunked) this.#left -= at - start;
    const done = chunked ? this.#chunks.done : this.#left === 0;
    if (exchange === undefined) this.#countDiscarded(at - start);
    else this.#relay(Buffer.from(bytes.subarray(start, at)));
    if (done) this.#endBody(exchange);
    else if (!this.#socket.isPaused())
      this.deadline = this.#plane.deadlines.after(this.#plane.timeouts.clientIdle);
    return at;
  }

  #relay(piece: Buffer): void {
    const exchange = this.#exchange;
    if (exchange?.connection === undefined) return;
    exchange.bytesReceived += piece.length;
    if (!exchange.connection.sendBody(piece)) this.pause();
  }

  #endBody(exchange: Exchange | undefined): void {
    this.deadline = 0;
    if (exchange === undefined) {
      this.#next();
      return;
    }
    this.#state = 'answer';
    exchange.requestSent = true;
    exchange.connection?.endRequest();
  }

  /** The answer came before the whole body: the rest is read and dropped, and then the connection goes on. */
  #discardRest(): void {
    this.#discarded = 0;
    this.deadline = this.#plane.deadlines.after(MAX_DISCARD_MS);
    this.#socket.resume();
    this.#consumeAhead();
  }

  #countDiscarded(bytes: number): void {
    this.#discarded += bytes;
    if (this.#discarded > MAX_DISCARDED_BYTES) this.#socket.destroy();
  }

  #next(): void {
    if (this.#closing) {
      this.#close();
      return;
    }
    this.#state = 'head';
    this.deadline = this.#plane.deadlines.after(this.#plane.timeouts.clientKeepAlive);
    if (this.#ahead === undefined) return;
    this.#socket.resume();
    this.#consumeAhead();
  }

  /** Says that nothing more comes, and reads on for a while: a close with unread input would destroy the answer. */
  #close(): void {
    this.#socket.end();
    this.#ahead = undefined;
    if (this.#ended) return;
    this.#state = 'discard';
    this.#discarded = 0;
    this.deadline = this.#plane.deadlines.after(MAX_DISCARD_MS);
    this.#socket.resume();
  }

  #onMessageError(error: MessageError): void {
    const exchange = this.#exchange;
    if (exchange === undefined) {
      this.#refuse(badRequest(error));
      return;
    }
    this.#giveUp(exchange, badRequest(error));
  }

  /** The rest of the request will not come, or cannot be understood; the connection is of no further use. */
  #giveUp(exchange: Exchange, answer: ProxyAnswer): void {
    exchange.connection?.destroy();
    this.#state = 'answer';
    this.#closing = true;
    this.answer(exchange, answer);
  }

  /** Answers what is no request, and closes: nobody can tell where the next one begins. */
  #refuse(answer: ProxyAnswer): void {
    this.#plane.onRefused(answer.status);
    this.send(writeAnswer(answer, { requestId: '', connection: CLOSE, headOnly: false }));
    this.#close();
  }

  #sent(goesOn: boolean): boolean {
    if (!goesOn && this.deadline === 0)
      this.deadline = this.#plane.deadlines.after(this.#plane.timeouts.clientStall);
    return goesOn;
  }
}
