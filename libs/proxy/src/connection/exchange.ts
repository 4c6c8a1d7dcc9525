import type { Failure } from '../forward-error.js';
import type { RequestHead } from '../message/request-head.js';
import type { ProxiedBackend } from '../proxied-backend.js';
import type { Choice } from '../resilience/choice.js';
import type { RetryPolicy } from '../resilience/policy.js';
import type { BackendConnection } from './backend-connection.js';
import type { ClientConnection } from './client-connection.js';
import { eventClock } from './event-clock.js';
import type { KeptBody } from './kept-body.js';

/** Statuses that no answer has: nginx's for a client that left, and none at all yet. */
export const CLIENT_CLOSED_REQUEST = 499;
const NO_STATUS = 0;
const NOTHING: readonly Buffer[] = [];

/** One request and its answer, from the request's head to the end of the answer. */
export class Exchange implements Choice {
  readonly client: ClientConnection;
  readonly method: string;
  /** Doing it twice is as good as once (RFC 9110 §9.2.2), and it asks for no other protocol. */
  readonly idempotent: boolean;
  /** The request's target, for logs. */
  readonly target: string;
  readonly http10: boolean;
  readonly requestId: string;
  /** The head as backends get it; kept until the answer begins, as it may have to be sent again. */
  head: Buffer;
  /** It is the proxy's own to answer, and nobody's traffic. */
  own = false;
  /** The client's, where its requests are counted. */
  countedAddress: string | undefined;
  candidates: Iterator<ProxiedBackend> | undefined;
  version = 0;
  key: string | undefined;
  sticky: ProxiedBackend | undefined;
  tried: ProxiedBackend[] | undefined;
  /** It was refused so that backends get air. */
  shed = false;
  /** Times that it was sent to another backend though the one before may have got it. */
  retries = 0;
  /** An interim answer went to the client. */
  hadInterim = false;
  /** The backend that is asked now has answered that it did nothing with it. */
  refused = false;
  /** How it went is known to those who watch the backend. */
  judged = false;
  /** The answer is an error that its backend says comes from behind it. */
  excused = false;
  /** Some of its body is still to come as it is about to get a backend. */
  isBodyOpen = false;
  /** It holds a place at a backend, or waits for one, while its body is still coming. */
  holdsOpenBody = false;
  /** The backend that is asked now, or was asked last. */
  backend: ProxiedBackend | undefined;
  connection: BackendConnection | undefined;
  /** It counts as in flight at {@link backend}. */
  leased = false;
  /** By when a backend has to have room for it, by the clock of the deadlines. */
  waitsUntil = 0;
  /** The request has been sent in full. */
  requestSent: boolean;
  /** The status that the client gets, once the answer's head is on its way. */
  status = NO_STATUS;
  /** Times of {@link eventClock}; 0 for what did not happen. */
  readonly startedAt: number;
  /** When it could have had a backend: at once, or once enough of its body was there. */
  readyAt: number;
  /** When the backend was chosen. */
  chosenAt = 0;
  connectedAt = 0;
  headAt = 0;
  bytesReceived = 0;
  bytesSent = 0;
  /** What went wrong with it last, be it that another backend served it then. */
  failure: Failure | undefined;
  /** The response ended behind its head and before its end, by the doing of this side. */
  cut: 'backend' | 'balancer' | 'client' | undefined;
  /** Nothing of it is to be done any more. */
  over = false;
  /** Undefined where there is no body, or it is not kept. */
  readonly #body: KeptBody | undefined;
  readonly #hasBody: boolean;

  /**
   * @param head the head as backends get it
   * @param body where its body is kept, if it is
   */
  constructor(
    client: ClientConnection,
    request: RequestHead,
    requestId: string,
    head: Buffer,
    body?: KeptBody,
  ) {
    const { method, target, http10, hasBody, upgrade } = request;
    this.client = client;
    this.method = method.name;
    this.idempotent = method.idempotent && upgrade === '';
    this.target = target;
    this.http10 = http10;
    this.requestId = requestId;
    this.head = head;
    this.requestSent = !hasBody;
    this.startedAt = eventClock.now;
    this.readyAt = eventClock.now;
    this.#hasBody = hasBody;
    this.#body = body;
  }

  /** Whether it may be sent once more: it may be done twice, or was not done at all. */
  get repeatable(): boolean {
    return (this.idempotent || this.refused) && this.#isAllThere;
  }

  /** All of it that was sent can be sent once more, and nothing of an answer has reached the client. */
  get #isAllThere(): boolean {
    return !this.answered && !this.hadInterim && (!this.#hasBody || this.#body?.pieces !== undefined);
  }

  /** What was sent of the body so far, to be sent again. */
  get replay(): readonly Buffer[] {
    return this.#body?.pieces ?? NOTHING;
  }

  /** A piece of the body is sent, and kept as far as that is allowed. */
  addBody(piece: Buffer, policy: RetryPolicy): void {
    this.bytesReceived += piece.length;
    this.#body?.add(piece, policy);
  }

  /** It will not be sent again. */
  settle(): void {
    this.#body?.drop();
  }

  /** From now on it is with `backend`, to be sent from its first byte on. */
  moveTo(backend: ProxiedBackend): void {
    this.backend = backend;
    this.leased = true;
    this.judged = false;
    this.refused = false;
    this.connection = undefined;
    this.connectedAt = 0;
    this.chosenAt = eventClock.now;
  }

  /** It is with nobody now, and to be sent from its first byte on. */
  detach(): void {
    this.release();
    this.connection = undefined;
    this.connectedAt = 0;
  }

  /** It is no longer with its backend. */
  release(): void {
    if (!this.leased) return;
    this.leased = false;
    this.backend?.leave();
  }

  /** Asks `backend` no more. */
  avoid(backend: ProxiedBackend): void {
    if (this.tried === undefined) this.tried = [backend];
    else this.tried.push(backend);
  }

  /** Backends that it was sent to, or that could not be reached for it. */
  get attempts(): number {
    return (
      (this.tried?.length ?? 0) +
      (this.backend === undefined || this.tried?.includes(this.backend) === true ? 0 : 1)
    );
  }

  /** The answer has begun, so that nothing else can be answered. */
  get answered(): boolean {
    return this.status !== NO_STATUS;
  }
}
