import { connect, type Socket } from 'node:net';
import type { ForwardErrorKind } from '../forward-error.js';
import { MessageError } from '../message/message-error.js';
import { AnswerRelay, SHORT_BODY_BYTES } from './answer-relay.js';
import { BackendOutput } from './backend-output.js';
import { listenTo, READ_BYTES, ReadBuffer, readingInto, type SocketEvents } from './byte-socket.js';
import type { ConnectionPool } from './connection-pool.js';
import type { DataPlane } from './data-plane.js';
import type { Waiting } from './deadlines.js';
import { eventClock } from './event-clock.js';
import type { Exchange } from './exchange.js';
import { UNLISTED } from './roster.js';

/** What a connection to a backend is doing. */
type State = 'connecting' | 'idle' | 'asking' | 'tunnel' | 'closed';

/** A backend counts from when it has sent the response, and closes a little early or late; in ms. */
const MOST_MARGIN_MS = 1_000;

/** How long a connection is used that its backend keeps for `keepAlive` ms: a second less, or half of it. */
function withMargin(keepAlive: number): number {
  return keepAlive - Math.min(MOST_MARGIN_MS, keepAlive / 2);
}

/** One connection to a backend: sends one request at a time and has its answer relayed. */
export class BackendConnection implements SocketEvents, Waiting {
  deadline = 0;
  place = UNLISTED;
  readonly pool: ConnectionPool;
  readonly #plane: DataPlane;
  readonly #socket: Socket;
  readonly #output: BackendOutput;
  readonly #relay: AnswerRelay;
  readonly #buffer = new ReadBuffer();
  #state: State = 'connecting';
  #exchange: Exchange | undefined;
  /** It has served a request before, so the backend may be closing it just as the next one is sent. */
  #reused = false;
  /** By {@link eventClock}; of an unused one. */
  #usableUntil = 0;
  /** Something has come since the request was sent. */
  #heard = false;
  /** All of the request that was given up had been sent. */
  #gaveUpSent = false;
  /** The wait for the answer is only as long as a try may take, as another backend may be asked. */
  #hurried = false;
  /** Where the socket's events go once protocols were switched. */
  #tunnel: SocketEvents | undefined;

  constructor(plane: DataPlane, pool: ConnectionPool) {
    this.#plane = plane;
    this.pool = pool;
    this.#relay = new AnswerRelay(plane);
    this.#socket = connect({ ...pool.endpoint, noDelay: true, ...readingInto(this.#buffer, this) });
    this.#output = new BackendOutput(this.#socket, () => this.onDrain());
    this.#socket.once('connect', () => this.#onConnect());
    listenTo(this.#socket, this);
    this.deadline = plane.deadlines.after(plane.timeouts.connect);
    plane.deadlines.add(this);
  }

  /** Whether the backend is sure to keep the connection still: the deadline of one that is not used may be late. */
  get isUsable(): boolean {
    return eventClock.now < this.#usableUntil;
  }

  /** Takes on `exchange` and sends its head, at once or as soon as the connection stands. */
  begin(exchange: Exchange): void {
    this.#exchange = exchange;
    exchange.connection = this;
    if (this.#state === 'connecting') return;
    this.#reused = true;
    this.#send(exchange);
  }

  /** Whether nothing is to be sent any more, be it that everything is on its way or that it cannot be. */
  get isIdle(): boolean {
    return this.#output.isIdle;
  }

  /** Sends a piece of the request's body, which must not change before this {@link isIdle}. @returns false when the backend takes no more for now */
  sendBody(bytes: Buffer): boolean {
    const goesOn = this.#output.sendBody(bytes);
    // As long as the backend takes the request, it is the client who is waited for.
    if (this.#relay.stage === 'head') this.deadline = goesOn ? 0 : this.#afterIdle();
    return goesOn;
  }

  /** The request has been sent in full; from now on the backend is waited for. */
  endRequest(): void {
    if (this.#exchange !== undefined && this.#relay.stage === 'head') this.#awaitHead(this.#exchange);
  }

  /** The client takes more of the answer again. */
  resume(): void {
    if (!this.#socket.isPaused()) return;
    this.deadline = this.#afterIdle();
    this.#socket.resume();
  }

  /**
   * Has another backend answer the request, if there is one of which nothing came and that may be sent again.
   *
   * @returns false when there is nobody for it
   */
  abandon(): boolean {
    const exchange = this.#exchange;
    if (exchange === undefined || this.#state !== 'asking' || this.#heard || !exchange.repeatable)
      return true;
    if (exchange.chosenAt < this.pool.backend.answeredAt) return true;
    if (!this.#plane.dispatcher.triesElsewhere(exchange)) return false;
    this.#close();
    return true;
  }

  /** Another backend gets the request; what this one may still answer is not passed on. */
  giveUp(): void {
    this.#gaveUpSent = this.#isSent(this.#exchange);
    this.#exchange = undefined;
  }

  /** Cuts the connection; its exchange, if any, is not told. */
  destroy(): void {
    this.#exchange = undefined;
    this.#close();
  }

  onBytes(bytes: Buffer, length: number): void {
    if (this.#tunnel !== undefined) {
      this.#tunnel.onBytes(bytes, length);
      return;
    }
    const exchange = this.#exchange;
    if (exchange === undefined) {
      // Nobody asked: what comes here would be taken for the answer to the next request.
      this.destroy();
      return;
    }
    this.#heard = true;
    let rest: Buffer | undefined;
    try {
      rest = this.#relay.take(exchange, bytes, length);
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      this.#fail('broken', error);
      return;
    }
    this.#buffer.sent(bytes, exchange.client.output);
    const { stage } = this.#relay;
    // What comes next is likely to be as long: it is read where it can be sent from.
    if (stage === 'body' || length > SHORT_BODY_BYTES) this.#buffer.own();
    if (stage === 'body') this.#awaitMore(exchange);
    // After a read that filled the buffer, more may be there that the next request must not meet.
    else if (stage === 'done') this.#finish(exchange, rest === undefined && length < READ_BYTES);
    else if (stage === 'dropped') {
      const isWhole = this.#relay.droppedWhole && rest === undefined && length < READ_BYTES;
      this.#keep(isWhole && this.#gaveUpSent);
    } else if (stage === 'switched') this.#switchProtocols(exchange, rest);
  }

  onEnd(): void {
    const exchange = this.#exchange;
    if (this.#tunnel !== undefined) this.#tunnel.onEnd();
    else if (exchange !== undefined && this.#endsAnswer(exchange)) this.#finish(exchange, false);
    else this.#fail('broken', new Error('the backend closed the connection'));
  }

  onDrain(): void {
    const exchange = this.#exchange;
    if (this.#tunnel !== undefined) this.#tunnel.onDrain();
    if (exchange === undefined) return;
    if (this.#relay.stage === 'head') this.#awaitHead(exchange);
    exchange.client.resume();
  }

  onClose(error: NodeJS.ErrnoException | undefined): void {
    this.#tunnel?.onClose(error);
    const kind = this.#state === 'connecting' ? 'connect' : 'broken';
    this.#fail(kind, error ?? new Error('the backend closed the connection'));
  }

  onDeadline(): void {
    if (this.#hurried && this.#state === 'asking') this.#onTryTooLong();
    else if (this.#state === 'connecting') this.#fail('connect', connectTimeout());
    else this.#fail('timeout', new Error('the backend did not answer in time'));
  }

  #onConnect(): void {
    eventClock.read();
    const exchange = this.#exchange;
    this.#plane.pool.onAccepted(this.pool.backend);
    if (exchange === undefined) {
      this.#close();
      return;
    }
    this.#send(exchange);
    // The body waits until it is known which backend gets it.
    exchange.client.resume();
  }

  #send(exchange: Exchange): void {
    this.#state = 'asking';
    this.#heard = false;
    this.#relay.begin();
    exchange.connectedAt = eventClock.now;
    this.#output.begin(exchange);
    this.#awaitHead(exchange);
  }

  #awaitHead(exchange: Exchange): void {
    this.#hurried = false;
    if (!exchange.requestSent) {
      this.deadline = 0;
      return;
    }
    const { deadlines, dispatcher, timeouts } = this.#plane;
    const limit = dispatcher.tryLimit(exchange);
    this.#hurried = limit > 0 && limit < timeouts.backendHead;
    this.deadline = deadlines.after(this.#hurried ? limit : timeouts.backendHead);
  }

  /** Another backend gets the request, or this one the rest of its time where nobody else can. */
  #onTryTooLong(): void {
    const exchange = this.#exchange;
    const { deadlines, dispatcher, timeouts } = this.#plane;
    this.#hurried = false;
    if (exchange === undefined) return;
    if (!this.#heard && dispatcher.triesElsewhere(exchange)) this.#close();
    else this.deadline = deadlines.after(timeouts.backendHead - dispatcher.tryLimit(exchange));
  }

  /** More of the body is to come, from a backend that is held back while the client takes no more. */
  #awaitMore({ client }: Exchange): void {
    if (client.output.isFull()) {
      // Nobody can blame the backend for waiting.
      this.deadline = 0;
      this.#socket.pause();
    } else this.deadline = this.#afterIdle();
  }

  #switchProtocols(exchange: Exchange, rest: Buffer | undefined): void {
    this.#state = 'tunnel';
    this.#exchange = undefined;
    this.deadline = 0;
    this.#tunnel = exchange.client.switchProtocols(exchange, { socket: this.#socket, buffer: this.#buffer });
    // A copy, as the client may have yet to take what comes before it, and by then something else is read to where this stands.
    if (rest !== undefined) this.#tunnel.onBytes(Buffer.from(rest), rest.length);
  }

  /** The backend has closed the connection. @returns whether the answer is whole by that */
  #endsAnswer(exchange: Exchange): boolean {
    // A reset that a write has met is not told again: it looks like an orderly end.
    return !this.#output.isCutOff && this.#relay.endWithConnection(exchange);
  }

  /** @param clean whether nothing came behind the answer; otherwise the connection cannot be trusted */
  #finish(exchange: Exchange, clean: boolean): void {
    this.#exchange = undefined;
    this.#keep(clean && this.#isSent(exchange));
    exchange.client.onAnswered(exchange);
  }

  /** Whether all of the request is on its way. */
  #isSent(exchange: Exchange | undefined): boolean {
    return exchange?.requestSent === true && this.#output.flushed;
  }

  /** Keeps the connection where it is `clean` and can be used again, and closes it otherwise. */
  #keep(clean: boolean): void {
    const usableMs = Math.min(this.#plane.timeouts.backendKeepAlive, withMargin(this.#relay.keepAlive));
    if (clean && this.#relay.persistent && usableMs > 0 && this.pool.release(this)) {
      this.#state = 'idle';
      this.#usableUntil = eventClock.now + usableMs;
      this.deadline = this.#plane.deadlines.after(usableMs);
    } else this.#close();
  }

  #fail(kind: ForwardErrorKind, cause: Error): void {
    const exchange = this.#exchange;
    const stale = this.#reused && !this.#heard && kind === 'broken';
    if (kind === 'connect' && this.#state === 'connecting')
      this.#plane.dispatcher.onUnreachable(this.pool.backend, cause);
    this.#exchange = undefined;
    this.#close();
    if (exchange === undefined) return;
    this.#plane.dispatcher.onForwardError(exchange, { kind, cause, stale, heard: this.#heard });
  }

  #close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.deadline = 0;
    this.#plane.deadlines.delete(this);
    this.pool.remove(this);
    this.#socket.destroy();
  }

  #afterIdle(): number {
    return this.#plane.deadlines.after(this.#plane.timeouts.backendIdle);
  }
}

function connectTimeout(): NodeJS.ErrnoException {
  return Object.assign(new Error('the backend did not accept the connection in time'), { code: 'ETIMEDOUT' });
}
