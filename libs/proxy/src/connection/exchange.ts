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
  head: string;
  /** Candidates that were not asked yet. */
  candidates: Iterator<ProxiedBackend> | undefined;
  /** The backend that is asked now, or was asked last. */
  backend: ProxiedBackend | undefined;
  connection: BackendConnection | undefined;
  lease: Lease | undefined;
  /** The request has been sent in full. */
  requestSent = false;
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

  constructor(
    client: ClientConnection,
    request: {
      readonly method: string;
      readonly repeatable: boolean;
      readonly target: string;
      readonly http10: boolean;
      readonly requestId: string;
      readonly head: string;
    },
  ) {
    this.client = client;
    this.method = request.method;
    this.repeatable = request.repeatable;
    this.target = request.target;
    this.http10 = request.http10;
    this.requestId = request.requestId;
    this.head = request.head;
    this.startedAt = performance.now();
  }

  /** The answer has begun, so that nothing else can be answered. */
  get answered(): boolean {
    return this.status !== NO_STATUS;
  }
}
