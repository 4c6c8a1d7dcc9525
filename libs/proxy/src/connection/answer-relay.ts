import { INCOMPLETE } from '../message/head-scanner.js';
import { MessageError } from '../message/message-error.js';
import { ResponseHead } from '../message/response-head.js';
import { writeResponseHead } from '../message/response-writer.js';
import { BodyCursor } from './body-cursor.js';
import { keepable } from './byte-socket.js';
import type { ClientOutput } from './client-output.js';
import type { DataPlane } from './data-plane.js';
import { eventClock } from './event-clock.js';
import type { Exchange } from './exchange.js';

/**
 * How far an answer has come: its head is awaited · its body is · it is whole · bytes go both ways from here on · the client
 * gets another backend's instead.
 */
type Stage = 'head' | 'body' | 'done' | 'switched' | 'dropped';

/** An interim answer may come again and again (RFC 9110 §15.2), but not for ever. */
const MAX_INTERIM_ANSWERS = 32;
/** A body up to this size goes out in one piece with its head. */
export const SHORT_BODY_BYTES = 16_384;
const INTERIM = { connection: '', date: '', chunking: false, unchunking: false };

/** Reads what one backend's connection brings, one answer after another, and passes it on to the clients as it comes. */
export class AnswerRelay {
  readonly #plane: DataPlane;
  readonly #response = new ResponseHead();
  readonly #body: BodyCursor;
  #stage: Stage = 'head';
  /** A head that is not whole yet. */
  #partial: Buffer | undefined;
  #untilClose = false;
  #chunking = false;
  #unchunking = false;
  #interimAnswers = 0;
  #droppedWhole = false;

  constructor(plane: DataPlane) {
    this.#plane = plane;
    this.#body = new BodyCursor(plane.limits, true);
  }

  get stage(): Stage {
    return this.#stage;
  }

  /** Whether the backend takes another request on this connection, by what it said in the answer. */
  get persistent(): boolean {
    return this.#response.persistent;
  }

  /** How long the backend keeps this connection unused, in ms, by what it said in the answer. */
  get keepAlive(): number {
    return this.#response.keepAlive;
  }

  /** Whether all of a dropped answer has come, so that the connection can be used again. */
  get droppedWhole(): boolean {
    return this.#droppedWhole;
  }

  /** Awaits the answer to another request. */
  begin(): void {
    this.#stage = 'head';
    this.#interimAnswers = 0;
  }

  /**
   * Takes what came, `bytes[0..length)`, which must not change before the client's output is idle.
   *
   * @returns what came behind the answer's end; undefined where nothing did
   * @throws MessageError
   */
  take(exchange: Exchange, bytes: Buffer, length: number): Buffer | undefined {
    let input = bytes;
    let end = length;
    if (this.#partial !== undefined) {
      input = Buffer.concat([this.#partial, bytes.subarray(0, length)]);
      end = input.length;
      this.#partial = undefined;
    }
    let at = 0;
    while (this.#stage === 'head' && at < end) {
      const next = this.#readHead(exchange, input, at, end);
      if (next === INCOMPLETE) {
        this.#partial = Buffer.from(input.subarray(at, end));
        return undefined;
      }
      at = next;
    }
    if (this.#stage === 'body' && at < end) at = this.#relayBody(exchange, input, at, end);
    return at === end ? undefined : input.subarray(at, end);
  }

  /** The backend has closed the connection. @returns whether the answer is whole by that (RFC 9112 §6.3) */
  endWithConnection(exchange: Exchange): boolean {
    if (this.#stage !== 'body' || !this.#untilClose) return false;
    this.#stage = 'done';
    if (this.#chunking) exchange.client.output.send('0\r\n\r\n');
    return true;
  }

  /** @returns where the body begins, or what is behind a short one, which has gone out with the head */
  #readHead(exchange: Exchange, bytes: Buffer, start: number, end: number): number {
    const { scanner, message } = this.#plane;
    const at = scanner.scanResponse(bytes, start, end);
    if (at === INCOMPLETE) return INCOMPLETE;
    const response = this.#response;
    response.read(scanner, exchange.method);
    const { client, http10, requestId } = exchange;
    if (response.status === 101) {
      if (!client.canSwitch()) throw new MessageError('nobody asked to switch protocols');
    } else if (response.status < 200) {
      this.#relayInterim(exchange);
      return at;
    }
    const { dispatcher } = this.#plane;
    dispatcher.onAnswer(exchange, response.status, scanner);
    if (dispatcher.triesElsewhere(exchange, response.status)) return this.#drop(bytes, at, end);
    exchange.status = response.status;
    exchange.headAt = eventClock.now;
    dispatcher.onRelayed(exchange);
    this.#untilClose = response.untilClose;
    this.#chunking = response.untilClose && !http10;
    this.#unchunking = response.framing.chunked && http10;
    const endsWithConnection = http10 && (this.#unchunking || response.untilClose);
    writeResponseHead(message, scanner, response, {
      requestId,
      connection:
        client.connectionLine(endsWithConnection) +
        dispatcher.cookieLine(exchange) +
        dispatcher.servedByLine(exchange),
      pseudonym: this.#plane.pseudonym,
      date: this.#plane.date,
      chunking: this.#chunking,
      unchunking: this.#unchunking,
    });
    return this.#beginBody(exchange, bytes, at, end);
  }

  /** Another backend has the request now. @returns where the body ends, or `end` */
  #drop(bytes: Buffer, start: number, end: number): number {
    const { bodiless, untilClose, framing } = this.#response;
    this.#stage = 'dropped';
    if (bodiless) this.#body.beginLength(0);
    else if (untilClose) this.#body.beginLength(Infinity);
    else this.#body.begin(framing);
    const at = this.#body.advance(bytes, start, end);
    this.#droppedWhole = this.#body.done;
    return at;
  }

  #relayInterim(exchange: Exchange): void {
    const { client, http10, requestId } = exchange;
    if (++this.#interimAnswers > MAX_INTERIM_ANSWERS)
      throw new MessageError('there are too many interim answers');
    // HTTP/1.0 has none (RFC 9110 §15.2).
    if (http10) return;
    const { scanner, message, pseudonym } = this.#plane;
    exchange.hadInterim = true;
    if (this.#response.status === 100) client.onContinue();
    writeResponseHead(message, scanner, this.#response, { ...INTERIM, requestId, pseudonym });
    this.#sendBuilt(client.output);
  }

  /** Sends the head that has been built, and what is there of the body. */
  #beginBody(exchange: Exchange, bytes: Buffer, start: number, end: number): number {
    const { message } = this.#plane;
    const { framing, bodiless, status, untilClose } = this.#response;
    const { output } = exchange.client;
    if (status === 101) {
      this.#stage = 'switched';
      this.#sendBuilt(output);
      return start;
    }
    const length = bodiless ? 0 : framing.contentLength;
    if (bodiless || (!untilClose && !framing.chunked && length <= Math.min(end - start, SHORT_BODY_BYTES))) {
      // The whole answer is here: one write, one system call.
      this.#stage = 'done';
      exchange.bytesSent += length;
      message.copy(bytes, start, start + length);
      this.#sendBuilt(output);
      return start + length;
    }
    this.#stage = 'body';
    if (untilClose) this.#body.beginLength(Number.POSITIVE_INFINITY);
    else this.#body.begin(framing);
    output.cork();
    try {
      output.sendBytes(message.built());
      return this.#relayBody(exchange, bytes, start, end);
    } finally {
      output.uncork();
      if (!output.isIdle) message.lend(output);
    }
  }

  #sendBuilt(output: ClientOutput): void {
    const { message } = this.#plane;
    output.sendBytes(message.built());
    if (!output.isIdle) message.lend(output);
  }

  /** @returns where the body ends, or `end` */
  #relayBody(exchange: Exchange, bytes: Buffer, start: number, end: number): number {
    let at: number;
    if (this.#unchunking) {
      at = this.#body.advance(bytes, start, end, (_, from, to) => this.#relay(exchange, bytes, from, to));
    } else {
      at = this.#body.advance(bytes, start, end);
      if (this.#body.omitted.length > 0) this.#relayRest(exchange, bytes, start, at);
      else this.#relay(exchange, bytes, start, at);
    }
    if (this.#body.done) this.#stage = 'done';
    return at;
  }

  /** What is left of `bytes[start..end)` goes on, and what takes the place of trailers. */
  #relayRest(exchange: Exchange, bytes: Buffer, start: number, end: number): void {
    const { omitted } = this.#body;
    const trailers = this.#body.takeTrailers();
    const { output } = exchange.client;
    output.cork();
    let from = start;
    for (let index = 0; index < omitted.length; index += 2) {
      this.#relay(exchange, bytes, from, omitted[index] as number);
      from = omitted[index + 1] as number;
    }
    this.#relay(exchange, bytes, from, end);
    exchange.bytesSent += trailers.length;
    if (trailers !== '') output.send(trailers);
    output.uncork();
  }

  #relay(exchange: Exchange, bytes: Buffer, start: number, end: number): void {
    if (start === end) return;
    const { output } = exchange.client;
    const piece = keepable(bytes, start, end);
    exchange.bytesSent += piece.length;
    if (!this.#chunking) {
      output.sendBytes(piece);
      return;
    }
    output.cork();
    output.send(`${piece.length.toString(16)}\r\n`);
    output.sendBytes(piece);
    output.send('\r\n');
    output.uncork();
  }
}
