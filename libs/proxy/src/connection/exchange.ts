import type { RequestHead } from '../message/request-head.js';
import type { Lease, ProxiedBackend } from '../proxied-backend.js';
import type { BackendConnection } from './backend-connection.js';
import type { ClientConnection } from './client-connection.js';

/** Statuses that no answer has: nginx's for a client that left, and none at all yet. */
export const CLIENT_CLOSED_REQUEST = 499;
const NO_STATUS = 0;

/** One request and its answer, from the request's head to the end of the answer. */
export class Exchange {
  readonly client: ClientConnection;
  readonly method: string;
  /** It may be sent again when it broke before any of the answer came (RFC 9110 §9.2.2). */
  readonly repeatable: boolean;
  /** The request's target, for logs. */
  readonly target: string;
  readonly http10: boolean;
  readonly requestId: string;
  /** The head as backends get it; kept until the answer begins, as it may have to be sent again. */
  head: Buffer;
  /** Candidates that were not asked yet. */
  candidates: Iterator<ProxiedBackend> | undefined;
  /** The backend that is asked now, or was asked last. */
  backend: ProxiedBackend | undefined;
  connection: BackendConnection | undefined;
  lease: Lease | undefined;
  /** The request has been sent in full. */
  requestSent: boolean;
  /** The status that the client gets, once the answer's head is on its way. */
  status = NO_STATUS;
  /** Times in ms of `performance.now()`; 0 for what did not happen. */
  readonly startedAt: number;
  connectedAt = 0;
  headAt = 0;
  bytesReceived = 0;
  bytesSent = 0;
  /** Nothing of it is to be done any more. */
  over = false;

  /** @param head the head as backends get it */
  constructor(client: ClientConnection, request: RequestHead, requestId: string, head: Buffer) {
    const { method, target, http10, hasBody, upgrade } = request;
    this.client = client;
    this.method = method.name;
    this.repeatable = method.idempotent && !hasBody && upgrade === '';
    this.target = target;
    this.http10 = http10;
    this.requestId = requestId;
    this.head = head;
    this.requestSent = !hasBody;
    this.startedAt = performance.now();
  }

  /** The answer has begun, so that nothing else can be answered. */
  get answered(): boolean {
    return this.status !== NO_STATUS;
  }
}
