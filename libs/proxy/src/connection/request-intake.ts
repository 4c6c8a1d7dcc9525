import { LF } from '../message/characters.js';
import { FIELD } from '../message/field-names.js';
import { NO_LENGTH } from '../message/framing.js';
import { INCOMPLETE } from '../message/head-scanner.js';
import { MessageError } from '../message/message-error.js';
import { RequestHead } from '../message/request-head.js';
import { RequestWriter } from '../message/request-writer.js';
import { BodyCursor } from './body-cursor.js';
import { BodyGate } from './body-gate.js';
import { keepable } from './byte-socket.js';
import type { ClientConnection } from './client-connection.js';
import type { DataPlane } from './data-plane.js';
import { Exchange } from './exchange.js';
import { Inbox, type InboxOwner } from './inbox.js';
import { KeptBody } from './kept-body.js';

/**
 * How far the current request has come: its head is awaited · its body is · it is whole, and what comes is the next one's,
 * which has to wait · it was answered before its body ended, the rest of which is dropped · it was the last one, so that
 * everything is dropped.
 */
type Stage = 'head' | 'body' | 'whole' | 'rest' | 'over';

/** What is still read of what nobody wants. */
const MAX_DROPPED_BYTES = 64 * 1024 * 1024;

/** Reads what one client's connection brings, one request after another. */
export class RequestIntake implements InboxOwner {
  /** The head that was read last. */
  readonly head = new RequestHead();
  /** The client may hold the body back until it is told to go on (RFC 9110 §10.1.1). */
  expectsContinue = false;
  readonly #plane: DataPlane;
  readonly #client: ClientConnection;
  readonly #writer: RequestWriter;
  readonly #body: BodyCursor;
  /** A part of a head, or requests that come before the last one is answered (pipelining, RFC 9112 §9.3.2). */
  readonly #inbox = new Inbox(this);
  #stage: Stage = 'head';
  /** A part of the head is there. */
  #headBegun = false;
  #dropped = 0;
  /** Made for the first body that does not come with its head. */
  #gate: BodyGate | undefined;

  /** @param writer writes the heads for the backends */
  constructor(plane: DataPlane, client: ClientConnection, writer: RequestWriter) {
    this.#plane = plane;
    this.#client = client;
    this.#writer = writer;
    this.#body = new BodyCursor(plane.limits, false);
  }

  get stage(): Stage {
    return this.#stage;
  }

  /** Nothing waits to be read. */
  get isEmpty(): boolean {
    return this.#inbox.isEmpty;
  }

  /** Nothing more may come before something is read. */
  get isFull(): boolean {
    return this.#stage === 'whole' && this.#inbox.isFull;
  }

  /** Takes in `bytes[0..length)`, which may change afterwards. */
  add(bytes: Buffer, length: number): void {
    this.#inbox.add(bytes, length);
  }

  /** Goes on with what is there, after something that stood in the way. */
  goOn(): void {
    if (this.#stage !== 'whole') this.#inbox.readKept();
  }

  /** On to the next request. {@link goOn} reads what is there of it. */
  next(): void {
    this.#stage = 'head';
    this.#headBegun = false;
  }

  /** Drops what is still to come of the current request. */
  dropRest(): void {
    this.#gate?.open();
    this.#stage = 'rest';
    this.#dropped = 0;
  }

  /** Drops everything from now on. */
  dropAll(): void {
    this.#gate?.open();
    this.#stage = 'over';
    this.#dropped = 0;
    this.#inbox.empty();
  }

  /** The connection has closed: nothing more is read. */
  close(): void {
    this.#gate?.open();
  }

  /** Whether the request has to wait for more of its body before it may have a backend. */
  get isHeldBack(): boolean {
    return this.#gate !== undefined && this.#gate.isClosed;
  }

  /** Gives away what has come behind the request. */
  empty(): Buffer | undefined {
    return this.#inbox.empty();
  }

  read(bytes: Buffer, at: number, end: number): number {
    try {
      return this.#step(bytes, at, end);
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      this.#client.onMessageError(error);
      return end;
    }
  }

  canRead(fresh: Buffer, total: number): boolean {
    // An unfinished head can only become whole, or worse, with the next line.
    if (this.#stage === 'head') return total > this.#plane.limits.headBytes || fresh.includes(LF);
    return this.#stage !== 'whole';
  }

  onKept(): void {
    if (this.#stage === 'head') {
      if (!this.#headBegun) this.#client.onHeadBegun();
      this.#headBegun = true;
    } else if (this.isFull) this.#client.pause();
  }

  #step(bytes: Buffer, at: number, end: number): number {
    switch (this.#stage) {
      case 'head':
        return this.#readHead(bytes, at, end);
      case 'body':
        return this.#readBody(bytes, at, end);
      case 'whole':
        return INCOMPLETE;
      case 'rest':
        return this.#skipBody(bytes, at, end);
      case 'over':
        this.#drop(end - at);
        return end;
      default:
        return this.#stage satisfies never;
    }
  }

  #readHead(bytes: Buffer, start: number, end: number): number {
    const { head } = this;
    const { scanner } = this.#plane;
    const headEnd = scanner.scanRequest(bytes, start, end);
    if (headEnd === INCOMPLETE) return INCOMPLETE;
    head.read(scanner);
    this.expectsContinue = scanner.has(FIELD.expect);
    const bytesOfHead = this.#writer.write(scanner, head);
    const { hasBody } = head;
    if (hasBody) {
      this.#body.begin(head.framing);
      if (this.#isReadAhead(end - headEnd)) this.#closeGate();
    }
    this.#stage = hasBody ? 'body' : 'whole';
    const { requestId } = this.#writer;
    const exchange = new Exchange(this.#client, head, requestId, bytesOfHead, this.#keptBody());
    exchange.isBodyOpen = hasBody && !this.isHeldBack && !this.#isThere(end - headEnd);
    this.#client.onRequest(exchange);
    return headEnd;
  }

  /** Where the body is kept, if there is one that may have to be sent again. */
  #keptBody(): KeptBody | undefined {
    const { hasBody, method } = this.head;
    const { pool, replayMemory } = this.#plane;
    const isKept = hasBody && (method.idempotent || pool.policy.retry.refusals);
    return isKept ? new KeptBody(replayMemory) : undefined;
  }

  /**
   * Whether the body, of which so many bytes are there, is waited for before the request may have a backend. Not where the
   * client waits for a word of the backend first (RFC 9110 §10.1.1).
   */
  #isReadAhead(there: number): boolean {
    return this.#plane.bodies.bufferBytes > 0 && !this.expectsContinue && !this.#isThere(there);
  }

  /** Whether a body of known length is whole with so many bytes. */
  #isThere(bytes: number): boolean {
    const { contentLength } = this.head.framing;
    return contentLength !== NO_LENGTH && contentLength <= bytes;
  }

  #closeGate(): void {
    this.#gate ??= new BodyGate(this.#plane);
    this.#gate.close(this.head.framing);
  }

  #readBody(bytes: Buffer, start: number, end: number): number {
    if (this.#gate?.isClosed === true) {
      this.#client.onBodyAhead(end - start - this.#gate.seen);
      if (!this.#gate.opens(bytes, start, end)) return INCOMPLETE;
      this.#client.onReady(this.#gate.isWhole);
      // It may have been answered at once.
      return this.#step(bytes, start, end);
    }
    // Without a connection the body waits, so that it can go to another backend whole.
    if (!this.#client.isConnected()) {
      this.#client.pause();
      return INCOMPLETE;
    }
    const at = this.#body.advance(bytes, start, end);
    if (this.#body.done) this.#stage = 'whole';
    this.#client.onBody(keepable(bytes, start, at));
    return at;
  }

  #skipBody(bytes: Buffer, start: number, end: number): number {
    const at = this.#body.advance(bytes, start, end);
    this.#drop(at - start);
    if (this.#stage === 'rest' && this.#body.done) this.#client.onRestDropped();
    return at;
  }

  #drop(bytes: number): void {
    this.#dropped += bytes;
    if (this.#dropped <= MAX_DROPPED_BYTES) return;
    this.dropAll();
    this.#client.destroy();
  }
}
