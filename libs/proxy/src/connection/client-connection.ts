import type { Socket } from 'node:net';
import type { MessageError } from '../message/message-error.js';
import { RequestWriter } from '../message/request-writer.js';
import { badRequest, clientTimeout, writeAnswer, type ProxyAnswer } from '../proxy-answer.js';
import { localAuthority, plainAddress } from './addresses.js';
import { cut, ReadBuffer, takeOver, type SocketEvents } from './byte-socket.js';
import { ClientOutput } from './client-output.js';
import type { DataPlane } from './data-plane.js';
import type { Waiting } from './deadlines.js';
import { eventClock } from './event-clock.js';
import type { Exchange } from './exchange.js';
import { CLOSE, Persistence } from './persistence.js';
import { RequestIntake } from './request-intake.js';
import { UNLISTED } from './roster.js';
import { Tunnel, type TunnelEnd } from './tunnel.js';

/** How long is still read what nobody wants. */
const MAX_DROPPING_MS = 5_000;

/** One client's connection: takes its requests one after another and gives it the answers in the same order. */
export class ClientConnection implements SocketEvents, Waiting {
  deadline = 0;
  place = UNLISTED;
  /** Where the answers go. */
  readonly output: ClientOutput;
  /** The client's address. */
  readonly address: string;
  readonly #plane: DataPlane;
  readonly #socket: Socket;
  readonly #intake: RequestIntake;
  readonly #buffer = new ReadBuffer();
  #exchange: Exchange | undefined;
  /** Ms that the client had for more of a body when reading was put off. */
  #bodyTime = 0;
  readonly #persistence = new Persistence();
  /** The client has said that it sends nothing more. */
  #ended = false;
  /** The next request has to wait until the client has taken its answers. */
  #flushing = false;
  /** Where the socket's events go once protocols were switched. */
  #tunnel: SocketEvents | undefined;

  constructor(plane: DataPlane, accepted: Socket) {
    const { deadlines, timeouts } = plane;
    const address = plainAddress(accepted.remoteAddress);
    const ownAuthority = () => localAuthority(this.#socket);
    const writer = new RequestWriter(address, plane.isTrusted(address), ownAuthority, plane.pseudonym);
    this.address = address;
    this.#plane = plane;
    this.#intake = new RequestIntake(plane, this, writer);
    this.#socket = takeOver(accepted, this.#buffer, this);
    this.output = new ClientOutput(this.#socket, deadlines, timeouts.clientStall, () => this.onDrain());
    this.deadline = deadlines.after(plane.draining ? 0 : timeouts.clientHead);
    deadlines.add(this);
  }

  /** Reads on, where that was put off. */
  resume(): void {
    if (this.#intake.isFull) return;
    if (this.#socket.isPaused()) {
      if (this.#intake.stage === 'body') this.deadline = this.#plane.bodyPace.resumed(this.#bodyTime);
      this.#socket.resume();
    }
    this.#intake.goOn();
  }

  /** Reads nothing for now; the time does not count against the client. */
  pause(): void {
    if (this.deadline !== 0) this.#bodyTime = this.#plane.bodyPace.left(this.deadline);
    this.deadline = 0;
    this.#socket.pause();
  }

  /** The client has been told to go on with its body (RFC 9110 §15.2.1). */
  onContinue(): void {
    const { expectsContinue, stage } = this.#intake;
    if (expectsContinue && stage === 'body' && this.#exchange?.bytesReceived === 0)
      this.deadline = this.#plane.bodyPace.begun();
  }

  /** Whether the current request asks to switch protocols, and nothing of it is to come any more. */
  canSwitch(): boolean {
    return this.#intake.head.upgrade !== '' && this.#intake.stage === 'whole';
  }

  /**
   * The `Connection` line of the answer: whether the client may send another request.
   *
   * @param endsWithConnection only the connection's end ends the answer
   */
  connectionLine(endsWithConnection: boolean): string {
    const { head } = this.#intake;
    const isLast = this.#plane.leaving || this.#isLastRequest();
    return this.#persistence.lineFor(head, isLast, endsWithConnection);
  }

  /** From now on bytes go both ways as they come. @returns what the backend's socket tells from now on */
  switchProtocols(exchange: Exchange, backend: TunnelEnd): SocketEvents {
    const client = { socket: this.#socket, buffer: this.#buffer };
    const tunnel = new Tunnel(this.#plane, exchange, client, backend);
    this.#tunnel = tunnel.client;
    this.deadline = 0;
    const ahead = this.#intake.empty();
    if (ahead !== undefined) this.#tunnel.onBytes(ahead, ahead.length);
    if (this.#socket.isPaused()) this.#socket.resume();
    return tunnel.backend;
  }

  /** The answer has been sent in full. */
  onAnswered(exchange: Exchange): void {
    this.#plane.dispatcher.end(exchange);
    this.#exchange = undefined;
    if (this.#intake.stage === 'body' && !this.#persistence.isOver) this.#dropRest();
    else this.#next();
  }

  /** Answers the current request with an answer of the proxy's own, or breaks off the answer that has begun. */
  answer(exchange: Exchange, answer: ProxyAnswer): void {
    if (exchange.answered) {
      this.#breakOff(exchange);
      return;
    }
    exchange.status = answer.status;
    const { error, proxyError } = answer;
    if (error !== undefined)
      exchange.failure ??= { error: proxyError ?? 'http_request_error', reason: error };
    const { requestId, method } = exchange;
    const { date, pseudonym, dispatcher } = this.#plane;
    const connection = this.connectionLine(false) + dispatcher.servedByLine(exchange);
    const headOnly = method === 'HEAD';
    this.output.send(writeAnswer(answer, { requestId, connection, pseudonym, date, headOnly }));
    this.onAnswered(exchange);
  }

  /** The proxy is {@link DataPlane.draining}: the connection closes as soon as nobody waits for an answer on it. */
  drain(): void {
    if (this.#intake.stage === 'head' && this.#intake.isEmpty) this.#awaitRequest();
  }

  /** Closes the connection, also while it waits for a response. */
  destroy(): void {
    if (this.#exchange !== undefined) this.#exchange.cut ??= 'balancer';
    this.#socket.destroy();
  }

  /** Told by the intake: the first part of a head is there, and the rest has to follow soon. */
  onHeadBegun(): void {
    if (this.#ended) this.#close();
    else this.deadline = this.#after('clientHead');
  }

  /** Told by the intake: there is a request. */
  onRequest(exchange: Exchange): void {
    this.#exchange = exchange;
    const { bodyPace, dispatcher } = this.#plane;
    if (exchange.requestSent) this.deadline = 0;
    else this.deadline = this.#intake.expectsContinue ? bodyPace.held() : bodyPace.begun();
    dispatcher.begin(exchange, this.#intake.head, this.#intake.isHeldBack);
  }

  /** Told by the intake: so many more bytes of a body have come for which a backend is yet to be taken. */
  onBodyAhead(bytes: number): void {
    this.deadline = this.#plane.bodyPace.behind(this.deadline, bytes);
  }

  /** Told by the intake: the request is held back no longer. @param isWhole all of its body is there */
  onReady(isWhole: boolean): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    exchange.isBodyOpen = !isWhole;
    exchange.readyAt = eventClock.now;
    this.#plane.dispatcher.proceed(exchange);
  }

  /** Whether the request is on its way to a backend. */
  isConnected(): boolean {
    return this.#exchange !== undefined && this.#exchange.connectedAt !== 0;
  }

  /** Told by the intake: a piece of the body is there, which does not change any more. */
  onBody(piece: Buffer): void {
    const exchange = this.#exchange;
    const connection = exchange?.connection;
    if (exchange === undefined || connection === undefined) return;
    const { bodyPace, dispatcher, pool } = this.#plane;
    if (exchange.bytesReceived === 0 && this.#intake.expectsContinue) this.deadline = bodyPace.begun();
    exchange.addBody(piece, pool.policy.retry);
    exchange.requestSent = this.#intake.stage === 'whole';
    this.deadline = exchange.requestSent ? 0 : bodyPace.behind(this.deadline, piece.length);
    if (!connection.sendBody(piece)) this.pause();
    if (exchange.requestSent) {
      connection.endRequest();
      dispatcher.onBodySent(exchange);
    }
    // More of this body, or another, is likely to come: it is read where it can be sent from.
    this.#buffer.own();
    this.#buffer.sent(piece, connection);
  }

  /** Told by the intake: the rest of a body that was answered before it ended has come. */
  onRestDropped(): void {
    this.#next();
  }

  /** Told by the intake: what came cannot be understood. */
  onMessageError(error: MessageError): void {
    const exchange = this.#exchange;
    if (exchange !== undefined) this.#giveUp(exchange, badRequest(error));
    else if (this.#intake.stage === 'head') this.refuse(badRequest(error));
    // It is the rest of a body that was answered: a second answer would be taken for another request's.
    else this.#close();
  }

  onBytes(bytes: Buffer, length: number): void {
    if (this.#tunnel === undefined) this.#intake.add(bytes, length);
    else this.#tunnel.onBytes(bytes, length);
  }

  /**
   * A client that sends nothing more still reads the answer when it said beforehand that this is its last request
   * (RFC 9112 §9.6), or when it has sent others ahead. Any other client is gone, and its backend is freed.
   */
  onEnd(): void {
    this.#ended = true;
    const { head, isEmpty, stage } = this.#intake;
    if (this.#tunnel !== undefined) this.#tunnel.onEnd();
    else if (this.#exchange === undefined) {
      if (!this.#flushing) this.#close();
    } else if (stage === 'body' || (head.persistent && isEmpty)) this.#socket.destroy();
  }

  onDrain(): void {
    this.output.unwatch();
    if (this.#tunnel !== undefined) this.#tunnel.onDrain();
    else if (this.#flushing) this.#next();
    else this.#exchange?.connection?.resume();
  }

  onClose(error: NodeJS.ErrnoException | undefined): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#intake.close();
    this.output.unwatch();
    this.#plane.deadlines.delete(this);
    this.#plane.onClientClosed(this);
    if (this.#tunnel !== undefined) this.#tunnel.onClose(error);
    else exchange?.connection?.destroy();
    if (exchange === undefined) return;
    // A tunnel has no other end than that of its connections.
    if (exchange.answered && this.#tunnel === undefined) exchange.cut ??= 'client';
    this.#plane.dispatcher.end(exchange);
  }

  onDeadline(): void {
    const { isEmpty, stage } = this.#intake;
    if (stage === 'body' && this.#exchange !== undefined) this.#giveUp(this.#exchange, clientTimeout());
    else if (stage === 'head' && !isEmpty) this.refuse(clientTimeout());
    else if (stage === 'head' && this.#plane.draining) setImmediate(() => this.#closeUnused());
    else if (this.output.flushed) this.#socket.destroy();
    else {
      // It neither sends nor takes anything.
      this.output.watch();
      this.deadline = this.#plane.deadlines.after(MAX_DROPPING_MS);
    }
  }

  /** On to the next request, unless this was the last one or the client has yet to take what it asked for. */
  #next(): void {
    this.#flushing = false;
    if (this.#persistence.isOver || (this.#ended && this.#intake.isEmpty)) {
      this.#close();
      return;
    }
    if (this.output.isFull()) {
      this.#flushing = true;
      this.deadline = 0;
      return;
    }
    this.#intake.next();
    this.#awaitRequest();
    if (this.#socket.isPaused()) this.#socket.resume();
    this.#intake.goOn();
  }

  #awaitRequest(): void {
    const { deadlines, draining } = this.#plane;
    // What the client sent before it could know is still answered.
    this.deadline = draining ? deadlines.after(0) : this.#after('clientKeepAlive');
  }

  /** Closes the connection unless a request has come meanwhile. */
  #closeUnused(): void {
    const { isEmpty, stage } = this.#intake;
    if (stage === 'head' && isEmpty && !this.#socket.destroyed) this.#close();
  }

  /** The answer came before the whole body: the rest is read and dropped, and then the connection goes on. */
  #dropRest(): void {
    this.#intake.dropRest();
    this.deadline = this.#plane.deadlines.after(MAX_DROPPING_MS);
    if (this.#socket.isPaused()) this.#socket.resume();
    this.#intake.goOn();
  }

  /** Says that nothing more comes, and reads on for a while: a close with unread input would destroy the answer. */
  #close(): void {
    this.#intake.dropAll();
    this.deadline = this.#plane.deadlines.after(MAX_DROPPING_MS);
    this.output.end();
    if (this.#socket.isPaused()) this.#socket.resume();
  }

  /** The answer that has begun will not be whole, and the client has to see that. */
  #breakOff(exchange: Exchange): void {
    this.#plane.dispatcher.end(exchange);
    this.#exchange = undefined;
    // An orderly end would make an answer without a length look whole. Where there is a length, or chunks, it does not, and
    // a reset would overtake the answers before this one that the client has yet to read.
    if (this.#persistence.endsAnswer) cut(this.#socket);
    else this.#close();
  }

  /** The rest of the request will not come, or cannot be understood; the connection is of no further use. */
  #giveUp(exchange: Exchange, answer: ProxyAnswer): void {
    if (exchange.answered) {
      exchange.cut = 'client';
      exchange.failure = { error: 'http_request_error', reason: answer.error ?? '' };
    }
    exchange.connection?.destroy();
    this.#persistence.isOver = true;
    this.answer(exchange, answer);
  }

  /** Answers what is no request, and closes: nobody can tell where the next one begins. */
  refuse(answer: ProxyAnswer): void {
    this.#plane.dispatcher.onRefused(answer.status);
    const { date, pseudonym } = this.#plane;
    this.output.send(
      writeAnswer(answer, { requestId: '', connection: CLOSE, pseudonym, date, headOnly: false }),
    );
    this.#close();
  }

  /** The client has sent its last request, or may not know whether the body that it held back is still wanted. */
  #isLastRequest(): boolean {
    const { expectsContinue, isEmpty, stage } = this.#intake;
    if (this.#ended) return isEmpty;
    return expectsContinue && stage === 'body' && this.#exchange?.bytesReceived === 0;
  }

  #after(wait: 'clientHead' | 'clientKeepAlive'): number {
    return this.#plane.deadlines.after(this.#plane.timeouts[wait]);
  }
}
